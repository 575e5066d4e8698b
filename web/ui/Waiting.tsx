import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';

/** Something is on its way: seen by the eye, said to a screen reader. */
export function Waiting({ label }: { readonly label: string }): ReactNode {
  return (
    <div role="status">
      <Loader m="xl" aria-hidden="true" />
      <span className="visually-hidden">{label}</span>
    </div>
  );
}
