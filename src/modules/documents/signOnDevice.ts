import { offerToDevice, registerDeviceAct, type DeviceOffer } from '#signatures';
import { type Context, type PersonId, type Unit } from '#kernel';
import { requireAuthority } from './empowered.ts';
import type { Outgoing } from './outgoing.ts';
import { outgoingFor } from './policy.ts';
import { keepSigned, letterBytes } from './sign.ts';

const act = 'outgoing-sign';
const idOf = (ref: string): string => ref.slice('outgoing:'.length);

async function signable(unit: Unit, id: string): Promise<Outgoing> {
  const doc = await outgoingFor(unit, id, 'sign');
  await requireAuthority(unit, doc, unit.now);
  return doc;
}

/**
 * "Ký bằng thiết bị của tôi": documents that wait for this person's signature are offered to their own device; all or
 * none. The documents stay as they are until the device hands in its signatures.
 * @throws Refusal wrong-state, not-yours, not-empowered, and of #signatures
 */
export async function offerOutgoing(unit: Unit, ids: readonly string[]): Promise<DeviceOffer> {
  const items: Parameters<typeof offerToDevice>[1]['items'][number][] = [];
  for (const id of ids) {
    const doc = await signable(unit, id);
    items.push({
      ref: `outgoing:${id}`,
      title: doc.content.abstract,
      pdf: await letterBytes(unit, doc),
      field: 'ky_nguoi_co_tham_quyen',
    });
  }
  const personId = unit.actor.personId as PersonId;
  return await offerToDevice(unit, { personId, act, fullName: unit.actor.name, items });
}

/** What becomes of a letter that was signed on a device: the same as with a PIN. */
export function signOutgoingOnDevice(ctx: Context): void {
  registerDeviceAct(ctx, act, {
    original: async (unit, ref) => await letterBytes(unit, await signable(unit, idOf(ref))),
    async signed(unit, ref, signed) {
      const doc = await outgoingFor(unit, idOf(ref), 'sign');
      await keepSigned(unit, doc, signed, await requireAuthority(unit, doc, unit.now));
    },
  });
}
