import { readdirSync } from 'node:fs';

/** `npm run conformance -- NAME ARGS…`: runs conformance/NAME.ts, which judges an implementation from outside. */
const [name, ...args] = process.argv.slice(2);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3));

if (name === undefined || !names.includes(name)) {
  console.error(`Cách dùng: npm run conformance -- ${names.join('|')} …`);
  process.exitCode = 2;
} else {
  const runner = (await import(`./${name}.ts`)) as { run(args: readonly string[]): Promise<number> };
  process.exitCode = await runner.run(args);
}
