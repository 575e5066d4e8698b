import { Anchor, Button, Divider, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type FormEvent, type ReactNode } from 'react';
import { sessionAnswer } from '#contracts/identity';
import { tell } from '../../ui/api.ts';
import { Drum, Mark } from '../../ui/Brand.tsx';
import { LanguageSwitch } from '../../ui/LanguageSwitch.tsx';
import { ProblemAlert } from '../../ui/ProblemAlert.tsx';
import { useTexts } from '../../ui/language.tsx';
import { sessionQuery } from '../session.ts';
import { signInWithPasskey } from '../passkey.ts';
import classes from './SignIn.module.css';

/** Where to go after sign-in: only an address of our own. */
const safeTarget = (target: unknown): string =>
  typeof target === 'string' && /^\/(?![/\\])/.test(target) ? target : '/';

export function SignInPage(): ReactNode {
  const texts = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const search = useSearch({ strict: false }) as { to?: string };
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');

  const enter = async (session: unknown): Promise<void> => {
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, sessionAnswer.parse(session));
    await navigate({ to: safeTarget(search.to), replace: true });
  };
  const byPassword = useMutation({
    mutationFn: () => tell('/api/session', { username: username.trim(), password }, sessionAnswer),
    onSuccess: enter,
  });
  const byPasskey = useMutation({ mutationFn: signInWithPasskey, onSuccess: enter });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!byPassword.isPending) byPassword.mutate();
  };

  return (
    <div className={classes.page}>
      <section className={classes.house} aria-label={texts.common.product}>
        <div className={classes.ornament}>
          <Drum />
        </div>
        <div className={classes.brand}>
          <Mark size={44} />
          <span className={classes.name}>{texts.common.product}</span>
        </div>
        <div className={classes.words}>
          <p className={classes.tagline}>{texts.common.tagline}</p>
          <p className={classes.promise}>{texts.signIn.promise}</p>
        </div>
      </section>
      <main className={classes.main} id="content">
        <div className={classes.corner}>
          <LanguageSwitch />
        </div>
        <form className={classes.form} onSubmit={submit} noValidate>
          <Stack gap="md">
            <Title order={1} size="h2">
              {texts.signIn.title}
            </Title>
            <ProblemAlert error={byPassword.error ?? byPasskey.error} />
            <TextInput
              label={texts.signIn.username}
              name="username"
              autoComplete="username webauthn"
              autoCapitalize="none"
              spellCheck={false}
              size="md"
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label={texts.signIn.password}
              name="password"
              autoComplete="current-password"
              size="md"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" size="md" loading={byPassword.isPending} fullWidth>
              {texts.signIn.submit}
            </Button>
            <Divider label={texts.signIn.or} />
            <Button
              variant="default"
              size="md"
              leftSection={<IconFingerprint size={20} />}
              loading={byPasskey.isPending}
              onClick={() => byPasskey.mutate()}
              fullWidth
            >
              {texts.signIn.passkey}
            </Button>
            <Text size="sm" c="dimmed" ta="center">
              {texts.signIn.help}
            </Text>
            <Anchor href="/kiem-tra" size="sm" ta="center">
              {texts.signIn.toCheck}
            </Anchor>
          </Stack>
        </form>
      </main>
    </div>
  );
}
