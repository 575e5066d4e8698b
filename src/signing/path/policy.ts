import { oids, type CertificateExtensions } from '#formats/x509';

const { anyPolicy } = oids;

interface Node {
  readonly parents: ReadonlySet<Node>;
  readonly policy: string;
  expected: ReadonlySet<string>;
  children: number;
}

export interface PolicyInputs {
  /** Policies that the relying party accepts; absent means any. */
  readonly initialPolicySet?: ReadonlySet<string>;
  readonly initialExplicitPolicy?: boolean;
  readonly initialPolicyMappingInhibit?: boolean;
  readonly initialInhibitAnyPolicy?: boolean;
}

/**
 * The policies of a path: RFC 5280 §6.1 with the graph of RFC 9618 in place of the tree, so that mappings cannot
 * make it grow exponentially: one node for each policy at each depth.
 */
export interface PolicyState {
  /** Steps (d) to (f) for certificate `index` of `length` (1 is the one that the anchor issued). False: refuse. */
  process(extensions: CertificateExtensions, selfIssued: boolean, last: boolean): boolean;
  /** §6.1.4 (a), (b), (h), (i), (j): before the next certificate. False: refuse. */
  prepare(extensions: CertificateExtensions, selfIssued: boolean): boolean;
  /** §6.1.5 (a), (b), (g). @returns the user-constrained policies, or null: refuse */
  wrapUp(extensions: CertificateExtensions): ReadonlySet<string> | null;
}

export function policyState(length: number, inputs: PolicyInputs): PolicyState {
  const root: Node = { parents: new Set(), policy: anyPolicy, expected: new Set([anyPolicy]), children: 0 };
  let levels: Map<string, Node>[] | null = [new Map([[anyPolicy, root]])];
  let explicit = inputs.initialExplicitPolicy ? 0 : length + 1;
  let inhibitAny = inputs.initialInhibitAnyPolicy ? 0 : length + 1;
  let mapping = inputs.initialPolicyMappingInhibit ? 0 : length + 1;

  /** Drops nodes above the last level that have no children left. */
  const prune = (): void => {
    if (levels === null) return;
    for (let depth = levels.length - 2; depth >= 0; depth--) {
      for (const [policy, node] of levels[depth] as Map<string, Node>) {
        if (node.children > 0) continue;
        (levels[depth] as Map<string, Node>).delete(policy);
        for (const parent of node.parents) parent.children--;
      }
    }
    if (levels.at(-1)?.size === 0 || levels[0]?.size === 0) levels = null;
  };

  const add = (level: Map<string, Node>, policy: string, parents: ReadonlySet<Node>): void => {
    for (const parent of parents) parent.children++;
    level.set(policy, { parents, policy, expected: new Set([policy]), children: 0 });
  };

  const grow = (policies: readonly string[], anyAllowed: boolean): void => {
    const above = levels?.at(-1);
    if (!levels || !above) return;
    const expecting = new Map<string, Set<Node>>();
    for (const node of above.values()) {
      for (const policy of node.expected) {
        const set = expecting.get(policy);
        if (set) set.add(node);
        else expecting.set(policy, new Set([node]));
      }
    }
    const level = new Map<string, Node>();
    const any = above.get(anyPolicy);
    for (const policy of policies) {
      if (policy === anyPolicy) continue;
      const parents = expecting.get(policy) ?? (any && new Set([any]));
      if (parents) add(level, policy, parents);
    }
    if (policies.includes(anyPolicy) && anyAllowed) {
      for (const [policy, parents] of expecting) if (!level.has(policy)) add(level, policy, parents);
    }
    levels.push(level);
    prune();
  };

  return {
    process(extensions, selfIssued, last) {
      if (extensions.certificatePolicies)
        grow(extensions.certificatePolicies, inhibitAny > 0 || (!last && selfIssued));
      else levels = null;
      return explicit > 0 || levels !== null;
    },
    prepare(extensions, selfIssued) {
      const mappings = extensions.policyMappings ?? [];
      if (mappings.some((pair) => pair.includes(anyPolicy))) return false;
      if (levels) applyMappings(levels, mappings, mapping > 0, add);
      prune();
      if (!selfIssued) {
        explicit = Math.max(0, explicit - 1);
        mapping = Math.max(0, mapping - 1);
        inhibitAny = Math.max(0, inhibitAny - 1);
      }
      const { policyConstraints: constraints, inhibitAnyPolicy } = extensions;
      explicit = Math.min(explicit, constraints?.requireExplicitPolicy ?? explicit);
      mapping = Math.min(mapping, constraints?.inhibitPolicyMapping ?? mapping);
      inhibitAny = Math.min(inhibitAny, inhibitAnyPolicy ?? inhibitAny);
      return true;
    },
    wrapUp(extensions) {
      explicit = Math.max(0, explicit - 1);
      if (extensions.policyConstraints?.requireExplicitPolicy === 0) explicit = 0;
      const found = userConstrained(levels, inputs.initialPolicySet);
      return explicit > 0 || found.size > 0 ? found : null;
    },
  };
}

/** §6.1.4 (b). */
function applyMappings(
  levels: readonly Map<string, Node>[],
  mappings: readonly (readonly [issuer: string, subject: string])[],
  allowed: boolean,
  add: (level: Map<string, Node>, policy: string, parents: ReadonlySet<Node>) => void,
): void {
  const level = levels.at(-1) as Map<string, Node>;
  const targets = new Map<string, Set<string>>();
  for (const [from, to] of mappings) {
    const set = targets.get(from);
    if (set) set.add(to);
    else targets.set(from, new Set([to]));
  }
  for (const [from, to] of targets) {
    const node = level.get(from);
    if (!allowed) {
      if (!node) continue;
      level.delete(from);
      for (const parent of node.parents) parent.children--;
    } else if (node) node.expected = to;
    else {
      const any = level.get(anyPolicy);
      if (!any) continue;
      add(level, from, any.parents);
      (level.get(from) as Node).expected = to;
    }
  }
}

/** RFC 9618 §5.4: policies that hang below anyPolicy, cut with what the relying party accepts. */
function userConstrained(
  levels: readonly Map<string, Node>[] | null,
  accepted: ReadonlySet<string> | undefined,
): ReadonlySet<string> {
  if (!levels) return new Set();
  const authority = new Set<string>();
  for (const level of levels) {
    for (const node of level.values()) {
      if (node.policy === anyPolicy) continue;
      if ([...node.parents].some((parent) => parent.policy === anyPolicy)) authority.add(node.policy);
    }
  }
  if (levels.at(-1)?.has(anyPolicy)) authority.add(anyPolicy);
  if (!accepted || accepted.has(anyPolicy)) return authority;
  if (authority.has(anyPolicy)) return accepted;
  return new Set([...authority].filter((policy) => accepted.has(policy)));
}
