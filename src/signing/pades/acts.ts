import { hasSignatures, type PdfSignatureOptions } from './prepare.ts';

type Options = Omit<PdfSignatureOptions, 'digestAlgorithm'>;

interface Act {
  readonly signingTime: Date;
  /** Full name, as it is printed. */
  readonly signerName: string;
  /** PNG of the handwritten signature; one is made from the name if it is absent. */
  readonly picture?: Uint8Array;
  readonly reserve?: number;
}

const common = ({ signingTime, signerName, reserve }: Act): Pick<Options, 'signingTime' | 'signerName'> => ({
  signingTime,
  signerName,
  ...(reserve === undefined ? {} : { reserve }),
});

const handwriting = ({ picture, signerName }: Act): Options['appearance'] =>
  picture === undefined ? { kind: 'handwriting', name: signerName } : { kind: 'image', png: picture };

/** The first signature certifies: from then on only filling and signing (DocMDP 2). */
const certifying = (pdf: Uint8Array): Pick<Options, 'docMdp'> => (hasSignatures(pdf) ? {} : { docMdp: 2 });

/** Ký nháy: the drafter's initials. */
export function initialsSignature(pdf: Uint8Array, act: Act): Options {
  return {
    ...common(act),
    ...certifying(pdf),
    field: 'ky_nhay',
    appearance: handwriting(act) as NonNullable<Options['appearance']>,
    reason: 'Ký nháy',
  };
}

/**
 * The competent person's signature: certifies if it is the first, and locks every field but number, date and the
 * organisation's signature.
 */
export function officerSignature(pdf: Uint8Array, act: Act): Options {
  const certifies = certifying(pdf);
  return {
    ...common(act),
    ...certifies,
    ...(certifies.docMdp === undefined
      ? {
          fieldMdp: { action: 'Exclude' as const, fields: ['so_ky_hieu', 'ngay_ban_hanh', 'ky_co_quan'] },
        }
      : {}),
    field: 'ky_nguoi_co_tham_quyen',
    appearance: handwriting(act) as NonNullable<Options['appearance']>,
    reason: 'Ký ban hành',
  };
}

export interface SealAct {
  readonly signingTime: Date;
  /** Name of the organisation. */
  readonly organisation: string;
  /** The body above, on the lower arc of the drawn seal. */
  readonly superior?: string;
  /** As printed: `274/QĐ-TTg`. */
  readonly number: string;
  /** As printed, without the place: `ngày 12 tháng 3 năm 2019`. */
  readonly date: string;
  /** PNG of the seal in its real size; one is drawn if it is absent. */
  readonly picture?: Uint8Array;
  readonly reserve?: number;
}

/** Number, date and seal in one revision; the organisation's signature locks every field (FieldMDP All). */
export function organisationSignature(act: SealAct): Options {
  const { signingTime, organisation, superior, number, date, picture, reserve } = act;
  return {
    field: 'ky_co_quan',
    signingTime,
    signerName: organisation,
    appearance:
      picture === undefined
        ? { kind: 'seal', upper: organisation, ...(superior === undefined ? {} : { lower: superior }) }
        : { kind: 'image', png: picture },
    fill: { so_ky_hieu: number, ngay_ban_hanh: date },
    fieldMdp: { action: 'All' },
    reason: 'Phát hành văn bản',
    ...(reserve === undefined ? {} : { reserve }),
  };
}
