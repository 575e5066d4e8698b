import type { FastifyInstance } from 'fastify';
import { command, query, type Context } from '#kernel';
import { authoritiesAnswer, authorityParams, grantBody, revokeBody } from './contract.ts';
import { authoritiesView, grantAuthority, revokeAuthority } from './signingAuthority.ts';

const base = '/api/signatures/authorities';

/** Who may sign as what: seen by everybody of the house, changed by its leadership. */
export function authorityRoutes(app: FastifyInstance, ctx: Context): void {
  query(
    app,
    ctx,
    {
      url: base,
      answer: authoritiesAnswer,
      summary: 'Thẩm quyền ký: theo chức vụ và theo quyết định giao ký',
    },
    (unit) => authoritiesView(unit),
  );
  command(
    app,
    ctx,
    {
      url: base,
      name: 'signatures.grant-authority',
      body: grantBody,
      answer: authoritiesAnswer,
      summary: 'Ghi quyết định giao ký thay, thừa lệnh, thừa ủy quyền',
    },
    async (unit, { body }) => {
      await grantAuthority(unit, body);
      return await authoritiesView(unit);
    },
  );
  command(
    app,
    ctx,
    {
      url: `${base}/:id/revoke`,
      name: 'signatures.revoke-authority',
      params: authorityParams,
      body: revokeBody,
      answer: authoritiesAnswer,
      summary: 'Thu hồi thẩm quyền ký từ một ngày',
    },
    async (unit, { params, body }) => {
      await revokeAuthority(unit, params.id, body);
      return await authoritiesView(unit);
    },
  );
}
