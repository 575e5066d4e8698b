/** A map that forgets what was used longest ago. */
export interface Lru<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
  forget(key: string): void;
  readonly size: number;
}

export function lru<T>(most: number): Lru<T> {
  const kept = new Map<string, T>();
  return {
    get(key) {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    set(key, value) {
      kept.delete(key);
      kept.set(key, value);
      const oldest = kept.keys().next();
      if (kept.size > most && !oldest.done) kept.delete(oldest.value);
    },
    forget: (key) => void kept.delete(key),
    get size() {
      return kept.size;
    },
  };
}
