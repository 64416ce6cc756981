/** For `npm run dev`: runs TypeScript as it is written, also in worker threads, where `--import=tsx` alone does nothing. */
import {register} from 'tsx/esm/api';

register();
