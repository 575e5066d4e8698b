import type { Branded, OrgId, PersonId, UnitId } from '#kernel';
import type { levels } from './contractDecision.ts';

export type Level = (typeof levels)[number];

/** An organisation as it was called at one instant. */
export interface Organisation {
  readonly id: OrgId;
  readonly name: string;
  /** The form of Decision 20/2020, e.g. H53.11. */
  readonly code: string;
  /** The form of QCVN 102:2016, e.g. 000.00.11.H53. */
  readonly code102: string;
  readonly parentId: OrgId | null;
  readonly parentName: string | null;
  readonly level: Level;
}

export interface DirectoryUnit {
  readonly id: UnitId;
  readonly name: string;
  readonly abbreviation: string;
  readonly parentId: UnitId | null;
  readonly headPersonId: PersonId | null;
}

export type PostId = Branded<'PostId'>;

export interface Post {
  readonly id: PostId;
  readonly unitId: UnitId;
  readonly title: string;
  readonly isHead: boolean;
}

export interface Appointment {
  readonly personId: PersonId;
  readonly postId: PostId;
  readonly unitId: UnitId;
  readonly unitName: string;
  readonly title: string;
  readonly from: string;
  readonly to: string | null;
  readonly basis: string;
}

/** A body to be put into the directory. */
export interface NewOrganisation {
  readonly code102: string;
  readonly code: string;
  readonly name: string;
  readonly parentCode102: string | null;
  readonly level?: Level;
}
