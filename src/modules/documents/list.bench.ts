import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { Client } from 'pg';
import { auditModule } from '#audit';
import { directoryModule } from '#directory';
import { exchangeModule } from '#exchange';
import { identityModule } from '#identity';
import { signaturesModule } from '#signatures';
import { systemIds, unitOfWork, type Actor, type OrgId, type Unit } from '#kernel';
import { testSystem } from '../../../test/support/system.ts';
import { documentsModule } from './index.ts';
import { evolveIncoming, type IncomingEvent } from './incoming.ts';
import { notationKey, searchTokens } from './search.ts';

/** How fast a list of 100,000 documents answers (usability §6: p95 ≤ 1 s), through the route. */
const total = 100_000;
const rounds = 40;

const words =
  'về việc báo cáo tình hình thực hiện nhiệm vụ phát triển kinh tế xã hội hội nghị hướng dẫn triển khai nghị định quyết định kế hoạch đầu tư công tài chính ngân sách y tế giáo dục nông nghiệp môi trường giao thông xây dựng hòa giải cải cách thủ tục hành chính chuyển đổi số an toàn thông tin'.split(
    ' ',
  );
const signs = ['STC-BCTC', 'VPCP-KTTH', 'SKHĐT-TH', 'UBND-VP', 'BTTTT-PC', 'SNV-CCHC', 'SYT-NVY'];

/** One organisation's incoming book of five years; the same documents in every run. */
export async function fill(unit: Unit): Promise<void> {
  let seed = 7;
  const random = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(seed / 65_536) % most;
  };
  const start = Date.parse('2021-01-01T01:00:00Z');
  const batch = 2_000;
  for (let from = 0; from < total; from += batch) {
    const rows = Array.from({ length: batch }, (_, index) => {
      const n = from + index;
      const at = new Date(start + n * 1_560_000).toISOString();
      const abstract = Array.from({ length: 18 }, () => words[random(words.length)]!).join(' ');
      const notation = `${1 + (n % 4_000)}/${signs[random(signs.length)]!}`;
      const id = unit.ctx.ids.uuid();
      const doc = evolveIncoming(
        null,
        {
          type: 'arrived',
          facts: {
            source: 'axis',
            inboxId: id,
            envelope: id,
            acceptedAt: at,
            logIndex: n,
            issuerCode: `H53.${n % 40}`,
            issuerName: `Sở số ${n % 40} tỉnh Tây Ninh`,
            documentId: `H53.${n % 40},${at.slice(0, 10)},${notation}`,
            notation,
            promulgationDate: at.slice(0, 10),
            typeName: 'Công văn',
            abstract,
            signer: { competence: '', position: 'Giám đốc', fullName: 'Nguyễn Văn An' },
            recipientLines: [],
            urgency: 0,
            dueDate: null,
            business: 'new',
            businessReason: null,
            updates: null,
            responseFor: [],
            paperCopy: false,
            files: [],
            signatureVerdict: 'valid',
            duplicates: [],
          },
        } satisfies IncomingEvent,
        { id, at },
      );
      return {
        id,
        at,
        doc,
        notation,
        state: n % 50 === 0 ? 'arrived' : 'closed',
        tokens: searchTokens([abstract, 'Công văn', doc.facts.issuerName], notation),
      };
    });
    await sql`insert into documents.incoming (org_id, id, inbox_id, state, sort_at, updated_at, urgency, issuer_code,
        notation, notation_key, promulgation_date, tokens, doc)
      select ${unit.org}, (r->>'id')::uuid, r->>'id', r->>'state', (r->>'at')::timestamptz, (r->>'at')::timestamptz, 0,
        r->'doc'->'facts'->>'issuerCode', r->>'notation', r->>'key', ((r->>'at')::timestamptz)::date,
        array_to_tsvector(array(select jsonb_array_elements_text(r->'tokens'))), r->'doc'
      from jsonb_array_elements(${JSON.stringify(rows.map((row) => ({ ...row, key: notationKey(row.notation) })))}::jsonb) r`.execute(
      unit.tx,
    );
  }
}

const quantile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * share) - 1]!;

const questions: Readonly<Record<string, (round: number) => string>> = {
  'first page': () => 'limit=50',
  'one state': () => 'state=arrived&limit=50',
  'oldest first': () => 'order=oldest&limit=50',
  'word with marks': (round) =>
    `text=${encodeURIComponent(['hòa giải', 'nghị định', 'ngân sách'][round % 3]!)}`,
  'words without marks': () => 'text=bao cao tinh hinh kinh te',
  'a word in nearly all': () => 'text=hoi',
  'number alone': (round) => `text=${1_000 + round}`,
  'notation in pieces': (round) => `text=${encodeURIComponent(`${2_000 + round} / STC`)}`,
  'sign alone': () => `text=${encodeURIComponent('SKHDT-TH')}`,
};

/** @returns exit code; the last line printed is JSON with the p95 of the slowest kind of question */
export async function run(_args: readonly string[]): Promise<number> {
  const system = await testSystem([
    directoryModule,
    auditModule,
    identityModule,
    signaturesModule,
    exchangeModule,
    documentsModule,
  ]);
  try {
    const ids = systemIds();
    const org = ids.uuid() as OrgId;
    const actor: Actor = { kind: 'person', id: ids.uuid(), name: 'Văn thư', orgId: org, roles: ['clerk'] };
    system.app.authenticators.set('member', () => Promise.resolve(actor));
    await unitOfWork(system.ctx, { org, actor }, fill);
    // As autovacuum does it in the first minute.
    const owner = new Client({ connectionString: system.ownerUrl });
    await owner.connect();
    await owner.query('vacuum analyze documents.incoming');
    await owner.end();
    const times: number[] = [];
    const say = (line: string): void => void process.stdout.write(`${line}\n`);
    for (const [name, question] of Object.entries(questions)) {
      const own: number[] = [];
      let cursor = '';
      for (let round = 0; round < rounds; round += 1) {
        const started = performance.now();
        const answer = await system.app.inject({
          url: `/api/documents/incoming?${question(round)}${round % 4 === 0 ? '' : cursor}`,
        });
        own.push(performance.now() - started);
        if (answer.statusCode !== 200) throw new Error(`${name}: ${answer.body}`);
        const { next, items } = answer.json<{ next: string | null; items: unknown[] }>();
        if (items.length === 0 && round === 0) throw new Error(`${name}: nothing found`);
        cursor = next === null ? '' : `&cursor=${next}`;
      }
      times.push(...own);
      say(
        `${name.padEnd(24)} p50 ${quantile(own, 0.5).toFixed(0)} ms, p95 ${quantile(own, 0.95).toFixed(0)} ms`,
      );
    }
    say(JSON.stringify({ list_p95_ms: Math.round(quantile(times, 0.95)), documents: total }));
    return quantile(times, 0.95) <= 1_000 ? 0 : 1;
  } finally {
    await system.close();
  }
}
