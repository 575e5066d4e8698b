import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent, type ReactNode, type Ref } from 'react';
import { useTexts } from '../ui/language.tsx';

/** Search over incoming and outgoing documents; `/` leads here from any page. */
export function SearchBox({
  ref,
  className,
}: {
  readonly ref: Ref<HTMLInputElement>;
  readonly className?: string;
}): ReactNode {
  const { common } = useTexts();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') void navigate({ to: '/search', search: { text: text.trim() } });
  };
  return (
    <form role="search" className={className} onSubmit={submit}>
      <TextInput
        ref={ref}
        type="search"
        aria-label={common.search}
        placeholder={common.searchHint}
        leftSection={<IconSearch size={18} />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
