import type { Module } from '#kernel';

/**
 * A role is a list of modules, in the order in which they start; a process runs one role. The lists are loaded
 * only when asked for, so that a command that needs no module pays for none.
 */
export const roles = {
  axis: async (): Promise<readonly Module[]> => {
    const [{ directoryModule }, { auditModule }, { axisModule }] = await Promise.all([
      import('#directory'),
      import('#audit'),
      import('#axis'),
    ]);
    return [directoryModule, auditModule, axisModule];
  },
  office: async (): Promise<readonly Module[]> => {
    const [
      { directoryModule },
      { auditModule },
      { identityModule },
      { signaturesModule },
      { exchangeModule },
      { documentsModule },
      { workModule },
    ] = await Promise.all([
      import('#directory'),
      import('#audit'),
      import('#identity'),
      import('#signatures'),
      import('#exchange'),
      import('#documents'),
      import('#work'),
    ]);
    return [
      directoryModule,
      auditModule,
      identityModule,
      signaturesModule,
      exchangeModule,
      documentsModule,
      workModule,
    ];
  },
  all: async (): Promise<readonly Module[]> => {
    const [axis, office] = await Promise.all([roles.axis(), roles.office()]);
    return [...new Set([...axis, ...office])];
  },
} as const satisfies Record<string, () => Promise<readonly Module[]>>;

export type Role = keyof typeof roles;

export function isRole(name: string | undefined): name is Role {
  return name !== undefined && Object.hasOwn(roles, name);
}
