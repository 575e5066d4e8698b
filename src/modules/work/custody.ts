import { documentLines } from '#documents';
import type { RecordedEvent, Unit } from '#kernel';
import { desksOf, type Holder, type Work } from './core.ts';
import { dueOfDate } from './due.ts';
import { beginCustody, closeCustody, describeCustody, openCustody } from './store.ts';

/**
 * Who holds what since when, derived from the events of documents and work (lesson L2). The branch `main` is the
 * document itself, from the clerk to the leader to the lead and back; each coordinator has a branch of their own.
 * A branch changes hands in one transaction: closed and begun at one instant, so that it always has one holder.
 */
async function setHolder(
  unit: Unit,
  ref: string,
  branch: string,
  holder: Holder | null,
  legalDue: string | null = null,
): Promise<void> {
  const open = await openCustody(unit, ref, branch);
  if (open && holder && open.holder.kind === holder.kind && open.holder.id === holder.id) return;
  if (open) await closeCustody(unit, open.id);
  if (holder === null) return;
  const line = (await documentLines(unit, [ref])).get(ref);
  // The sender's date and the law's: the earlier one counts at this desk.
  const asked = line?.dueDate == null ? [] : [dueOfDate(line.dueDate)];
  const [due] = [...asked, ...(legalDue === null ? [] : [legalDue])].sort();
  await beginCustody(unit, {
    ref,
    branch,
    holder,
    documentAt: open?.documentAt ?? (line ? new Date(line.at) : unit.now),
    due: due === undefined ? null : new Date(due),
  });
}

/** Every event of `documents` says who must act next. */
export async function onDocumentEvent(unit: Unit, event: RecordedEvent): Promise<void> {
  if (!('holder' in event.payload)) return;
  const { holder, legalDue } = event.payload as { holder: Holder | null; legalDue?: string | null };
  await setHolder(unit, event.stream, 'main', holder, legalDue ?? null);
}

/** The branches of coordinators, and what the holder of each branch does with it, after a change of the work. */
export async function syncDesks(unit: Unit, incomingId: string, before: Work, after: Work): Promise<void> {
  const ref = `incoming:${incomingId}`;
  const desks = desksOf(after);
  const gone = desksOf(before)
    .map((desk) => desk.branch)
    .filter((branch) => branch !== 'main' && !desks.some((desk) => desk.branch === branch));
  for (const branch of gone) await setHolder(unit, ref, branch, null);
  for (const desk of desks) {
    if (desk.branch !== 'main') await setHolder(unit, ref, desk.branch, desk.holder);
    const open = await openCustody(unit, ref, desk.branch);
    // While a recall waits for its answer the clerk holds the document: that is not the lead's work.
    if (open?.holder.id === desk.holder.id)
      await describeCustody(unit, ref, desk.branch, {
        working: desk.working,
        assignmentId: desk.assignmentId,
        due: desk.due,
      });
  }
}
