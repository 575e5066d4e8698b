import { ActionIcon, Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { IconPaperclip, IconTrash } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { fileInfo } from '#contracts/documents';
import { upload } from '../../ui/api.ts';
import { formatBytes } from '../../ui/format.ts';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';

export interface UploadedFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

/** Files that go with a document: uploaded one after the other with their progress, each can be taken out again. */
export function FilesField({
  label,
  files,
  onChange,
  accept,
  single = false,
}: {
  readonly label: string;
  readonly files: readonly UploadedFile[];
  onChange(next: UploadedFile[]): void;
  readonly accept?: string;
  readonly single?: boolean;
}): ReactNode {
  const { documents } = useTexts();
  const { outgoing } = documents;
  const [part, setPart] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const add = async (chosen: readonly File[]): Promise<void> => {
    setError(null);
    let now = single ? [] : [...files];
    try {
      for (const file of chosen) {
        setPart(0);
        const stored = await upload(
          `/api/documents/files?name=${encodeURIComponent(file.name)}`,
          file,
          fileInfo,
          setPart,
        );
        now = [...now, { id: stored.id, name: stored.name, size: stored.size }];
        onChange(now);
      }
    } catch (problem) {
      setError(problem);
    } finally {
      setPart(null);
    }
  };
  return (
    <Stack gap="xs" role="group" aria-label={label}>
      <Text size="sm" fw={500}>
        {label}
      </Text>
      <ProblemAlert error={error} />
      {files.map((file) => (
        <Group key={file.id} gap="xs" wrap="nowrap">
          <IconPaperclip size={18} aria-hidden="true" />
          <Text size="sm" truncate>
            {file.name} · {formatBytes(file.size)}
          </Text>
          <ActionIcon
            variant="subtle"
            color="seal"
            aria-label={`${outgoing.removeFile}: ${file.name}`}
            onClick={() => onChange(files.filter((other) => other.id !== file.id))}
          >
            <IconTrash size={18} />
          </ActionIcon>
        </Group>
      ))}
      {part === null ? null : (
        <div role="status">
          <Text size="sm">{outgoing.uploading(Math.round(part * 100))}</Text>
          <Progress value={part * 100} aria-label={outgoing.uploading(Math.round(part * 100))} />
        </div>
      )}
      <Group>
        <FileButton
          multiple
          accept={accept}
          onChange={(chosen) => void add(single ? chosen.slice(0, 1) : chosen)}
          inputProps={{ 'aria-label': label }}
        >
          {(props) => (
            <Button
              {...props}
              variant="default"
              size="compact-md"
              leftSection={<IconPaperclip size={16} />}
              disabled={part !== null}
            >
              {single ? outgoing.choosePdf : outgoing.addFile}
            </Button>
          )}
        </FileButton>
      </Group>
    </Stack>
  );
}
