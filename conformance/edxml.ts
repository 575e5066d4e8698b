import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  EdxmlError,
  readPackage,
  toExpectedJson,
  writeEdoc,
  writeStatus,
  type EdxmlPackage,
} from '#formats/edxml';

/**
 * Judges our reader by the official parser's reading of the official SDK's examples, and by the inputs out of which
 * both official writers made packages: these must come back byte for byte. Judges our writer by the packages of the
 * reference writer (edXML §12, shape a): fed with what we read, it must give the same text again.
 *
 * Where we differ from the official codec on purpose, and how the runner judges it:
 * - a package that it refuses must be refused with a reason, or read with at least one repair told (`repaired`);
 * - an attachment whose name has no extension: it replaces a genuine archive by its first entry and so loses data. In
 *   `sdk-built` the inputs are the measure, not its reading; every field of the reading but the length and the digest
 *   of the files is still compared with its own, and a file that it destroyed is named (`official reader differs`);
 * - base64 that is none (a template placeholder in `edoc.edxml`) is decoded leniently as it does, and told as a repair;
 * - its writer says `application/zip` of every file in the manifest, ours what the file is (edXML §6.2): this one
 *   element is left out of the comparison of texts;
 * - one-entry archives carry a random name and the time of the day: they are compared by the file inside.
 */
/** The writer whose byte shape is the reference. */
const reference = 'jdk18jar';

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
type Json = Record<string, unknown>;

const readJson = async (...path: string[]): Promise<unknown> =>
  JSON.parse(await readFile(join(...path), 'utf8')) as unknown;

/** A reading without what is judged by the inputs instead. */
const withoutBytes = (reading: unknown): unknown => ({
  ...(reading as Json),
  attachments: ((reading as Json)['attachments'] as Json[] | undefined)?.map((file) => ({
    ...file,
    sha256: null,
    bytes: null,
  })),
});

/** Names of the files of which the official reader gave other bytes than went in. */
function destroyed(reading: unknown, inputs: readonly Buffer[]): string[] {
  const files = ((reading as Json)['attachments'] as Json[] | undefined) ?? [];
  return files.flatMap((file, index) => {
    const input = inputs[index];
    const digest = input && createHash('sha256').update(input).digest('hex');
    return digest === file['sha256'] ? [] : [String(file['name'])];
  });
}

const specOf = (file: string): string =>
  file.startsWith('status')
    ? 'spec_status.json'
    : file.includes('without_extension')
      ? 'spec_noext.json'
      : 'spec_new.json';

async function judgeBuilt(folder: string, writer: string, file: string): Promise<Verdict> {
  const name = `sdk-built/${writer}/${file}`;
  const built = join(folder, 'sdk-built');
  const read = await asPackage(join(built, writer, file));
  if (read instanceof EdxmlError) return { name, problem: read.message, note: '' };
  const spec = (await readJson(built, specOf(file))) as Spec;
  const inputs = await Promise.all((spec.attachments ?? []).map((item) => readFile(join(built, item.file))));
  const files = read.kind === 'edoc' ? read.attachments : [];
  const problems = inputs.length === files.length ? [] : [`${files.length} files, not ${inputs.length}`];
  for (const [index, attachment] of files.entries())
    if (inputs[index]?.equals(attachment.bytes) !== true) problems.push(`other bytes: ${attachment.name}`);
  const notes = files.length === 0 ? [] : [`${files.length} files byte for byte`];
  const ours = withoutBytes(toExpectedJson(read));
  const stem = basename(file, '.edxml');
  const readings = (await readdir(join(built, writer))).filter((other) =>
    other.startsWith(`${stem}.parsed-by-`),
  );
  for (const reading of readings) {
    const theirs = await readJson(built, writer, reading);
    problems.push(...differences(ours, withoutBytes(theirs)));
    const lost = destroyed(theirs, inputs);
    const parser = /parsed-by-(.*)\.json$/.exec(reading)?.[1];
    if (lost.length > 0) notes.push(`official reader ${parser} differs from the input: ${lost.join(', ')}`);
  }
  if (read.repairs.length > 0) notes.push(repairsOf(read));
  return {
    name,
    problem: problems.length === 0 ? null : problems.slice(0, 3).join('; '),
    note: notes.join('; '),
  };
}

/** Lines of a package with payloads and the manifest's ContentType taken out; see the head of this file. */
function comparableLines(bytes: Buffer): string[] {
  const text = bytes
    .toString('utf8')
    .replace(/(<edXML:ContentTransferEncoded [^>]*>)[^<]*/g, '$1')
    .replace(/(<edXML:ContentType>)[^<]*/g, '$1');
  return text.split('\n');
}

/** Feeds our writer with what a package of the reference writer says, and compares the two texts. */
async function judgeWriter(folder: string, file: string): Promise<Verdict> {
  const name = `writer: sdk-built/${reference}/${file}`;
  const bytes = await readFile(join(folder, 'sdk-built', reference, file));
  const read = readPackage(bytes);
  if (read.kind === 'status') {
    const same = writeStatus(read.message).equals(bytes);
    return { name, problem: same ? null : 'other bytes', note: 'every byte' };
  }
  const written = writeEdoc(
    read.message,
    read.attachments.map(({ name, bytes, description, contentId }) => ({
      name,
      bytes,
      ...(description === undefined ? {} : { description }),
      ...(contentId === undefined ? {} : { contentId }),
    })),
  );
  const found = differences(comparableLines(written), comparableLines(bytes));
  const again = readPackage(written);
  if (again.kind !== 'edoc' || differences(toExpectedJson(again), toExpectedJson(read)).length > 0)
    found.push('what was written reads differently');
  return { name, problem: found.length === 0 ? null : found.slice(0, 3).join('; '), note: 'every line' };
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
    // Our writer refuses a name without extension: such a package is made to show what a reader does with it.
    for (const file of writer.name === reference ? files : [])
      if (!file.includes('without_extension')) verdicts.push(await judgeWriter(folder, file));
  }
  for (const verdict of verdicts)
    console.log(
      `${verdict.problem === null ? 'pass' : 'FAIL'} ${verdict.name}${verdict.problem === null ? (verdict.note === '' ? '' : ` (${verdict.note})`) : `: ${verdict.problem}`}`,
    );
  const failed = verdicts.filter((verdict) => verdict.problem !== null).length;
  console.log(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 && verdicts.length > 0 ? 0 : 1;
}
