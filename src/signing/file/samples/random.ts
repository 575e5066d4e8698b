/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface Random {
  /** 0 to 1, without 1. */
  next(): number;
  number(least: number, most: number): number;
  /** Both ends are possible. */
  integer(least: number, most: number): number;
  chance(part: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (least: number, most: number): number => least + next() * (most - least);
  return {
    next,
    number,
    integer: (least, most) => Math.floor(number(least, most + 1)),
    chance: (part) => next() < part,
    pick: (from) => from[Math.floor(next() * from.length)] as (typeof from)[number],
  };
}
