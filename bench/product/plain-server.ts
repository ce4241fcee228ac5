/** The product's HTTP functions on node:http. */
import { answerParent, listen } from '../lib/measured.ts';
import { plainListener } from './adapter.ts';
import { loadFunctions } from './app.ts';

answerParent({}, await listen(plainListener(loadFunctions().values())));
