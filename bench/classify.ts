import { verifyFile } from '#signing';
import { makeSample } from '../src/signing/file/samples/index.ts';
import { sampleSigner } from '../src/signing/file/samples/sign.ts';

/**
 * `npm run bench -- classify [COUNT] [SEED]`: makes files of known kind, tells them apart, prints the share of right
 * answers and the confusion matrix. 1,000 files unless told otherwise.
 */
export async function run(args: readonly string[]): Promise<number> {
  const count = Number(args[0] ?? 1000);
  const first = Number(args[1] ?? 1);
  const signer = sampleSigner(new Date('2026-11-24T08:00:00+07:00'));
  const matrix = new Map<string, Map<string, number>>();
  const wrong: string[] = [];
  let [right, spent] = [0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const sample = makeSample(seed);
    const pdf = await signer.finish(sample, seed);
    const from = process.hrtime.bigint();
    const checked = await verifyFile(pdf, signer.policy);
    spent += Number(process.hrtime.bigint() - from) / 1e6;
    const truth = `${sample.origin}-${sample.signed}`;
    const said = checked.document?.class ?? 'unreadable';
    if (truth === said) right += 1;
    else {
      const pages = checked.origin?.pages.map(
        ({ kind, facts }, index) => `${sample.recipes[index]}→${kind} ${JSON.stringify(facts)}`,
      );
      wrong.push(`#${seed} ${truth} read as ${said}: ${pages?.join('; ')}`);
    }
    const row = matrix.get(truth) ?? new Map<string, number>();
    matrix.set(truth, row.set(said, (row.get(said) ?? 0) + 1));
  }
  for (const line of wrong) console.log(line);
  const columns = [
    ...new Set([...matrix.keys(), ...[...matrix.values()].flatMap((row) => [...row.keys()])]),
  ].sort();
  console.log(`\n${'is \\ read as'.padEnd(24)}${columns.map((column) => column.padStart(24)).join('')}`);
  for (const truth of columns.filter((column) => matrix.has(column)))
    console.log(
      truth.padEnd(24) +
        columns.map((column) => String(matrix.get(truth)?.get(column) ?? 0).padStart(24)).join(''),
    );
  const share = right / count;
  console.log(
    `\n${right} of ${count} right: ${(share * 100).toFixed(2)} %; ${(spent / count).toFixed(1)} ms a file, signatures included`,
  );
  return share >= 0.98 ? 0 : 1;
}
