import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** `node bench/main.ts NAME …`: runs bench/NAME.ts, which exports `run(args): Promise<number>` (the exit code). */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const file = new URL(`${name}.ts`, import.meta.url);
  if (name === undefined || !/^[a-z][A-Za-z0-9-]*$/.test(name) || name === 'main' || !existsSync(file)) {
    const names = (await readdir(new URL('.', import.meta.url)))
      .filter((entry) => /^[a-z][A-Za-z0-9-]*\.ts$/.test(entry) && entry !== 'main.ts')
      .map((entry) => entry.slice(0, -3));
    console.error(`npm run bench -- NAME; NAME is one of: ${names.join(', ')}`);
    return 2;
  }
  const { run } = (await import(file.href)) as { run(args: readonly string[]): Promise<number> };
  return await run(rest);
}

process.exitCode = await main(process.argv.slice(2));
