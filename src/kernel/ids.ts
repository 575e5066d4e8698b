import { randomFillSync } from 'node:crypto';

declare const brand: unique symbol;
/** A string that the compiler keeps apart from every other kind of id. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };
/** An organisation of the directory: a stable id, never reused; its codes change over time. */
export type OrgId = Branded<'OrgId'>;
export type PersonId = Branded<'PersonId'>;
export type UnitId = Branded<'UnitId'>;

/** Ids come from here, so that tests and the simulation own them. */
export interface Ids {
  /** A UUID version 7 (RFC 9562): ordered by time, so that indexes grow at one end. */
  uuid(): string;
}

export function systemIds(now: () => number = Date.now): Ids {
  // Drawn for 256 ids at once: a call of the system for each costs more than all the rest.
  const reserve = Buffer.alloc(256 * 16);
  let used = reserve.length;
  return {
    uuid() {
      if (used === reserve.length) {
        randomFillSync(reserve);
        used = 0;
      }
      const bytes = reserve.subarray(used, (used += 16));
      bytes.writeUIntBE(now(), 0, 6);
      bytes[6] = (bytes[6]! & 0x0f) | 0x70;
      bytes[8] = (bytes[8]! & 0x3f) | 0x80;
      const hex = bytes.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export function isUuid(text: string): boolean {
  return uuidShape.test(text);
}
