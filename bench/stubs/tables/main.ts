import { answerParent, listen } from '../../lib/measured.ts';
import { countedListener } from '../counted.ts';
import { tableService } from './service.ts';

const { listener, takeCount } = countedListener(tableService());
answerParent({ takeCount }, await listen(listener));
