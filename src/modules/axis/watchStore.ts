import { sql } from 'kysely';
import type { Tx } from '#kernel';

/** A delivery that its recipient has not acknowledged. */
export interface OpenDeliveryRow {
  readonly senderCode: string;
  readonly recipientCode: string;
  readonly recipientName: string;
  readonly kind: 'edoc' | 'status';
  readonly urgency: number;
  readonly state: 'queued' | 'fetched';
  readonly queuedAt: Date;
  readonly logIndex: number;
}

/** The deliveries that are not acknowledged, of all organisations; most urgent first, then the oldest. */
export async function openDeliveries(tx: Tx, most: number): Promise<readonly OpenDeliveryRow[]> {
  const found =
    await sql<OpenDeliveryRow>`select sender_code as "senderCode", recipient_code as "recipientCode",
      recipient_name as "recipientName", kind, urgency, state, queued_at as "queuedAt", log_index as "logIndex"
    from axis.open_deliveries(${most})`.execute(tx);
  return found.rows;
}
