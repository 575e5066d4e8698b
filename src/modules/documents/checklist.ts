import type { z } from 'zod';
import type { checkItem } from './contract.ts';
import type { Outgoing } from './outgoing.ts';

/** What "Gửi" shows before it sends: signed? sealed? number? attachments? recipients? secrecy? (S2.11) */
export function checklistOf(doc: Outgoing): z.infer<typeof checkItem>[] {
  const { content } = doc;
  const addressed = content.recipients.length + content.recipientLines.length;
  return [
    {
      code: 'signed',
      ok: doc.signedAt !== null,
      text: doc.signedAt === null ? 'Chưa có chữ ký của người có thẩm quyền' : `${content.signer.name} đã ký`,
    },
    {
      code: 'numbered',
      ok: doc.notation !== null,
      text: doc.notation === null ? 'Chưa cấp số' : `Số ${doc.notation}`,
    },
    {
      code: 'sealed',
      ok: doc.sealedAt !== null,
      text: doc.sealedAt === null ? 'Chưa đóng dấu cơ quan' : 'Đã đóng dấu cơ quan',
    },
    {
      code: 'attachments',
      ok: true,
      text:
        content.attachments.length === 0
          ? 'Không có tệp kèm theo'
          : `${content.attachments.length} tệp kèm theo`,
    },
    {
      code: 'recipients',
      ok: addressed > 0,
      text: addressed === 0 ? 'Chưa có nơi nhận' : `${content.recipients.length} nơi nhận qua trục`,
    },
    { code: 'secrecy', ok: true, text: 'Độ mật: Thường' },
  ];
}
