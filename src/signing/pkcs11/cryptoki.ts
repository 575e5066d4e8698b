/** The part of pkcs11js that is used: it is an optional dependency, so its own types may be absent. */
export interface Cryptoki {
  load(path: string): void;
  close(): void;
  C_Initialize(options?: { readonly flags: number }): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): {
    readonly label: string;
    readonly serialNumber: string;
    readonly manufacturerID: string;
    readonly model: string;
    readonly flags: number;
  };
  C_GetMechanismList(slot: Buffer): number[];
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_CloseSession(session: Buffer): void;
  C_Login(session: Buffer, userType: number, pin?: string): void;
  C_Logout(session: Buffer): void;
  C_FindObjectsInit(session: Buffer, template: readonly { type: number; value?: unknown }[]): void;
  C_FindObjects(session: Buffer, most: number): Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_GetAttributeValue(
    session: Buffer,
    object: Buffer,
    template: readonly { type: number }[],
  ): { readonly type: number; readonly value: Buffer }[];
  C_SignInit(session: Buffer, mechanism: { mechanism: number; parameter?: unknown }, key: Buffer): void;
  C_SignAsync(session: Buffer, input: Buffer, output: Buffer): Promise<Buffer>;
}

export const cki = {
  osLockingOk: 0x2,
  serialSession: 0x4,
  pinCountLow: 0x10000,
  pinFinalTry: 0x20000,
  pinLocked: 0x40000,
  protectedAuthenticationPath: 0x100,
  user: 1,
  contextSpecific: 2,
  class: 0x0,
  label: 0x3,
  value: 0x11,
  certificateType: 0x80,
  id: 0x102,
  sign: 0x108,
  alwaysAuthenticate: 0x202,
  certificate: 1,
  privateKey: 3,
  /** pkcs11js: CK_PARAMS_RSA_PSS. */
  pssParameters: 5,
} as const;
