import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { PdfError } from '#formats/pdf';
import { verifyFile } from '#signatures';
import {
  command,
  commandOnce,
  memberOf,
  query,
  refuse,
  sha256Hex,
  unitOfWork,
  type Context,
  type Unit,
} from '#kernel';
import * as contract from './contract.ts';
import { officeOf } from './drafts.ts';
import { asFileInfo, type FileRow } from './fileStore.ts';
import { bytesOf, readableFile, readFile, uploadFile } from './files.ts';
import { registersOf } from './numberStore.ts';
import { requireRole } from './policy.ts';
import { saveOfficeSetting } from './store.ts';

const base = '/api/documents';

/** RFC 6266 with RFC 8187: an ASCII name for old programs, the real one with its Vietnamese marks. */
export function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const ascii = name
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, (letter) => (letter === 'đ' ? 'd' : 'D'))
    .replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

const shownInline = new Set(['application/pdf', 'image/png', 'image/jpeg', 'text/plain']);

export function fileRoutes(app: FastifyInstance, ctx: Context): void {
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: ctx.config.maxPackageBytes },
    (_request, body, done) => done(null, body),
  );
  app.post(
    `${base}/files`,
    {
      config: { access: 'member' },
      bodyLimit: ctx.config.maxPackageBytes,
      schema: {
        summary: 'Tải tệp lên (thân yêu cầu là nội dung tệp, application/octet-stream)',
        querystring: contract.uploadQuery,
        response: { 200: contract.uploadAnswer },
      },
    },
    async (request) => {
      const actor = memberOf(request);
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || key.length < 8 || key.length > 200)
        throw refuse('idempotency-key-required');
      const { name } = request.query as z.infer<typeof contract.uploadQuery>;
      if (!Buffer.isBuffer(request.body))
        throw refuse('invalid-input', { field: 'tệp', reason: 'phải gửi bằng application/octet-stream' });
      const bytes = request.body;
      return await commandOnce(
        ctx,
        { org: actor.orgId, actor },
        { key, name: 'documents.upload', request: { name, sha256: sha256Hex(bytes) } },
        (unit) => uploadFile(unit, name, bytes),
      );
    },
  );
  app.get(
    `${base}/files/:id`,
    {
      config: { access: 'member' },
      schema: { summary: 'Nội dung một tệp', params: contract.idParams },
    },
    async (request, reply) => {
      const actor = memberOf(request);
      const { id } = request.params as z.infer<typeof contract.idParams>;
      const { row, bytes } = await unitOfWork(ctx, { org: actor.orgId, actor }, (unit) => readFile(unit, id));
      const kind = shownInline.has(row.contentType) ? 'inline' : 'attachment';
      // What others sent is shown without scripts, without our origin, under its own type only.
      return await reply
        .type(row.contentType === 'text/plain' ? 'text/plain; charset=utf-8' : row.contentType)
        .header('content-disposition', contentDisposition(kind, row.name))
        .header('content-security-policy', 'sandbox')
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, no-store')
        .send(bytes);
    },
  );
  query(
    app,
    ctx,
    {
      url: `${base}/files/:id/report`,
      params: contract.idParams,
      answer: contract.reportAnswer,
      summary: 'Báo cáo kiểm tra chữ ký số của một tệp',
    },
    async (unit, { params }) => {
      const row = await readableFile(unit, params.id);
      const report = row.contentType === 'application/pdf' ? await reportOf(unit, row) : null;
      return { file: asFileInfo(row), report: JSON.parse(JSON.stringify(report)) as unknown };
    },
  );
  settingRoutes(app, ctx);
}

/** The verification report; for bytes that are no readable PDF, why not. */
async function reportOf(unit: Unit, row: FileRow): Promise<unknown> {
  try {
    return await verifyFile(unit.ctx, await bytesOf(unit, row), { at: unit.now });
  } catch (error) {
    if (error instanceof PdfError)
      return { kind: 'unreadable', finding: { code: error.code, ...error.text } };
    throw error;
  }
}

function settingRoutes(app: FastifyInstance, ctx: Context): void {
  const url = `${base}/settings`;
  query(
    app,
    ctx,
    { url, answer: contract.settingsAnswer, summary: 'Tên viết tắt, địa danh, các sổ của cơ quan' },
    async (unit) => {
      const { abbreviation, place } = await officeOf(unit);
      return {
        abbreviation,
        place,
        undoSeconds: ctx.config.undoSendSeconds,
        registers: [...(await registersOf(unit))],
      };
    },
  );
  command(
    app,
    ctx,
    {
      url,
      name: 'documents.settings',
      body: contract.settingsBody,
      answer: z.object({ abbreviation: z.string(), place: z.string() }),
      summary: 'Đặt tên viết tắt và địa danh của cơ quan',
    },
    async (unit, { body }) => {
      requireRole(unit.actor, 'admin', 'clerk');
      await saveOfficeSetting(unit, body);
      return body;
    },
  );
}
