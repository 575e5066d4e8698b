import { sendStatus } from '#exchange';
import type { Unit } from '#kernel';
import type { Incoming } from './incoming.ts';

/**
 * Tells the sender of a document what became of it (edXML status). Paper has no sender on the axis.
 * @param code 02 with its reason, 03 to 06, 15, 16
 */
export async function tellSender(
  unit: Unit,
  doc: Incoming,
  code: string,
  description: string,
): Promise<void> {
  const { facts } = doc;
  if (facts.source !== 'axis' || facts.documentId === null) return;
  await sendStatus(unit, {
    responseFor: {
      organId: facts.issuerCode,
      code: facts.notation,
      documentId: facts.documentId,
      promulgationDate: facts.promulgationDate,
    },
    statusCode: code,
    ...(description === '' ? {} : { description }),
    staff: { department: unit.actor.post ?? '', name: unit.actor.name },
    aboutRef: `incoming:${doc.id}`,
  });
}
