/** `stack-process.ts DIRECTORY`: synthesises the stack, tells it to its parent, and ends, and what that took goes with it. */
import { synthesise } from './stack.ts';

process.send?.(synthesise(String(process.argv[2])), () => process.disconnect());
