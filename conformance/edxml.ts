import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { join } from 'node:path';
import { EdxmlError, readPackage, toExpectedJson, type EdxmlPackage } from '#formats/edxml';

/**
 * Judges our reader by the official parser's reading of the official SDK's examples, and by the inputs out of which
 * both official writers made packages: these must come back byte for byte.
 *
 * Where we differ from the official parser on purpose, and how the runner judges it:
 * - a package that it refuses must be refused with a reason, or read with at least one repair told (`repaired`);
 * - an attachment whose name has no extension: it replaces a genuine archive by its first entry and so loses data. In
 *   `sdk-built` the inputs are the measure, not its reading.
 * - base64 that is none (a template placeholder in `edoc.edxml`) is decoded leniently as it does, and told as a repair.
 */
interface Verdict {
  readonly name: string;
  readonly problem: string | null;
  readonly note: string;
}

const asPackage = async (file: string): Promise<EdxmlPackage | EdxmlError> => {
  try {
    return readPackage(await readFile(file));
  } catch (error) {
    if (error instanceof EdxmlError) return error;
    throw error;
  }
};
const repairsOf = (read: EdxmlPackage): string => read.repairs.map((repair) => repair.code).join(', ');

/** Paths at which two JSON values differ. */
function differences(ours: unknown, theirs: unknown, path = ''): string[] {
  if (isDeepStrictEqual(ours, theirs)) return [];
  const both = [ours, theirs];
  if (both.every((value) => typeof value === 'object' && value !== null)) {
    const [a, b] = both as Record<string, unknown>[];
    return [...new Set([...Object.keys(a!), ...Object.keys(b!)])].flatMap((key) =>
      differences(a![key], b![key], `${path}/${key}`),
    );
  }
  return [
    `${path}: ${JSON.stringify(ours)?.slice(0, 60)} instead of ${JSON.stringify(theirs)?.slice(0, 60)}`,
  ];
}

async function judgeExample(folder: string, file: string): Promise<Verdict> {
  const expected = JSON.parse(await readFile(join(folder, 'expected', `${file}.json`), 'utf8')) as Record<
    string,
    unknown
  >;
  const read = await asPackage(join(folder, 'sdk-examples', file));
  const name = `sdk-examples/${file}`;
  if (typeof expected['parser_error'] === 'string') {
    if (read instanceof EdxmlError) return { name, problem: null, note: `refused: ${read.code}` };
    return read.repairs.length > 0
      ? { name, problem: null, note: `repaired: ${repairsOf(read)}` }
      : { name, problem: 'the official parser refuses it; read here without a word', note: '' };
  }
  if (read instanceof EdxmlError) return { name, problem: read.message, note: '' };
  const found = differences(toExpectedJson(read), expected);
  return { name, problem: found.length === 0 ? null : found.slice(0, 3).join('; '), note: repairsOf(read) };
}

interface Spec {
  readonly attachments?: readonly { readonly file: string }[];
}

async function judgeBuilt(folder: string, writer: string, file: string): Promise<Verdict> {
  const name = `sdk-built/${writer}/${file}`;
  const read = await asPackage(join(folder, 'sdk-built', writer, file));
  if (read instanceof EdxmlError) return { name, problem: read.message, note: '' };
  const specName = file.startsWith('status')
    ? 'spec_status.json'
    : file.includes('without_extension')
      ? 'spec_noext.json'
      : 'spec_new.json';
  const spec = JSON.parse(await readFile(join(folder, 'sdk-built', specName), 'utf8')) as Spec;
  if (read.kind === 'status') {
    const expected = JSON.parse(
      await readFile(
        join(folder, 'sdk-built', writer, file.replace('.edxml', '.parsed-by-jdk18jar.json')),
        'utf8',
      ),
    ) as unknown;
    const found = differences(toExpectedJson(read), expected);
    return { name, problem: found.length === 0 ? null : found.join('; '), note: repairsOf(read) };
  }
  const inputs = await Promise.all(
    (spec.attachments ?? []).map((item) => readFile(join(folder, 'sdk-built', item.file))),
  );
  if (inputs.length !== read.attachments.length)
    return { name, problem: `${read.attachments.length} attachments instead of ${inputs.length}`, note: '' };
  const wrong = inputs.flatMap((input, index) =>
    input.equals(read.attachments[index]!.bytes) ? [] : [read.attachments[index]!.name],
  );
  return {
    name,
    problem: wrong.length === 0 ? null : `other bytes: ${wrong.join(', ')}`,
    note: `${inputs.length} files byte for byte${read.repairs.length > 0 ? `; ${repairsOf(read)}` : ''}`,
  };
}

/** `npm run conformance -- edxml DIR`. @returns 0 when all passed, 1 on any failure, 2 for a wrong call */
export async function run(args: readonly string[]): Promise<number> {
  const [folder] = args;
  if (folder === undefined || !existsSync(join(folder, 'sdk-examples'))) {
    console.error('Cách dùng: npm run conformance -- edxml DIR (DIR có sdk-examples, expected, sdk-built)');
    return 2;
  }
  const verdicts: Verdict[] = [];
  for (const file of (await readdir(join(folder, 'sdk-examples'))).sort())
    verdicts.push(await judgeExample(folder, file));
  for (const writer of (await readdir(join(folder, 'sdk-built'), { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && entry.name !== 'inputs',
  )) {
    const files = (await readdir(join(folder, 'sdk-built', writer.name)))
      .filter((file) => file.endsWith('.edxml'))
      .sort();
    for (const file of files) verdicts.push(await judgeBuilt(folder, writer.name, file));
  }
  for (const verdict of verdicts)
    console.log(
      `${verdict.problem === null ? 'pass' : 'FAIL'} ${verdict.name}${verdict.problem === null ? (verdict.note === '' ? '' : ` (${verdict.note})`) : `: ${verdict.problem}`}`,
    );
  const failed = verdicts.filter((verdict) => verdict.problem !== null).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 && verdicts.length > 0 ? 0 : 1;
}
