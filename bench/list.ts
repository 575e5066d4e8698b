export { run } from '../src/modules/documents/list.bench.ts';
