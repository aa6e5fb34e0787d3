/** `stack-process.ts DIRECTORY`: synthesises the stack, sends it to its parent, and ends, which frees the memory. */
import { synthesise } from './stack.ts';

process.send?.(synthesise(String(process.argv[2])), () => process.disconnect());
