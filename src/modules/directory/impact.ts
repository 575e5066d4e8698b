import type { Context, OrgId, Tx } from '#kernel';
import { forEachHostedOf } from './store.ts';

/** Something open at a body: a letter, a task, a key. */
export interface OpenItem {
  readonly orgId: OrgId;
  /** What it is called in its own room, `outgoing:<uuid>`. */
  readonly ref: string;
  /** What a clerk reads: number and notation, a name. Never what is inside. */
  readonly label: string;
  /** Its subject matter, if it has one: the heirs of a split share by it. */
  readonly field: string | null;
  readonly at: Date | null;
}

/**
 * What one room says that a reorganisation touches. Rooms register it, because the directory may know none of them.
 * Both functions see the rows of the bodies given, whatever organisation the transaction stands for.
 */
export interface ImpactProvider {
  readonly kind: string;
  readonly vi: string;
  readonly en: string;
  count(tx: Tx, orgs: readonly OrgId[]): Promise<number>;
  items(tx: Tx, orgs: readonly OrgId[], limit: number): Promise<readonly OpenItem[]>;
  /** The items are work, and are handed over to the heir on the day. */
  readonly work: boolean;
}

const registered = new WeakMap<Context, Map<string, ImpactProvider>>();

/** Adds a figure to every dry run of this process; called in a room's `subscribe`. */
export function registerImpact(ctx: Context, provider: ImpactProvider): void {
  const known = registered.get(ctx) ?? new Map<string, ImpactProvider>();
  registered.set(ctx, known.set(provider.kind, provider));
}

export function impactProviders(ctx: Context): readonly ImpactProvider[] {
  return [...(registered.get(ctx)?.values() ?? [])];
}

/**
 * Adds a figure about rows that belong to one organisation each, for the organisations whose office runs here.
 * @param figure.list the open rows of the organisation of the transaction
 */
export function registerHostedImpact(
  ctx: Context,
  figure: Pick<ImpactProvider, 'kind' | 'vi' | 'en' | 'work'> & {
    list(tx: Tx, limit: number): Promise<readonly Omit<OpenItem, 'orgId'>[]>;
  },
): void {
  const { list, ...words } = figure;
  const items: ImpactProvider['items'] = async (tx, orgs, limit) =>
    await forEachHostedOf(tx, orgs, async (orgId) =>
      (await list(tx, limit)).map((item) => ({ ...item, orgId })),
    );
  registerImpact(ctx, {
    ...words,
    items,
    count: async (tx, orgs) => (await items(tx, orgs, 1_000_000)).length,
  });
}
