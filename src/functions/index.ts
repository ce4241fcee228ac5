/** The functions of the app: its table of contents, and the entry of the bundle. */
import './callback.ts';
import './graph.ts';
import './health-live.ts';
import './health-ready.ts';
import './health-refresh.ts';
import './janitor.ts';
import './login.ts';
import './logout.ts';
import './me.ts';
import './refresh-poison.ts';
import './refresh-sweep.ts';
import './refresh-worker.ts';
import './session.ts';
import './user-graph.ts';
import './user-token.ts';
import './web.ts';
