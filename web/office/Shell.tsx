import { ActionIcon, Burger, Button, Drawer, Menu } from '@mantine/core';
import {
  IconBook2,
  IconCertificate,
  IconChecklist,
  IconHandGrab,
  IconInbox,
  IconKeyboard,
  IconLogout,
  IconPencilPlus,
  IconSend,
  IconSitemap,
  IconHourglass,
  IconSignature,
  IconUserCircle,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { z } from 'zod';
import { tell } from '../ui/api.ts';
import { Mark } from '../ui/Brand.tsx';
import { KeySheet } from '../ui/KeySheet.tsx';
import { LanguageSwitch } from '../ui/LanguageSwitch.tsx';
import { useTexts } from '../ui/language.tsx';
import { useShortcuts } from '../ui/shortcuts.ts';
import { SearchBox } from './SearchBox.tsx';
import { sessionQuery } from './session.ts';
import classes from './Shell.module.css';

function Navigation({ onNavigate }: { readonly onNavigate?: () => void }): ReactNode {
  const { nav } = useTexts();
  const { data: session } = useQuery(sessionQuery);
  const may = (...roles: string[]): boolean =>
    roles.some((role) => session?.person.roles.includes(role as never));
  const items = [
    { to: '/', label: nav.myWork, icon: IconChecklist, show: true },
    { to: '/incoming', label: nav.incoming, icon: IconInbox, show: true },
    { to: '/outgoing', label: nav.outgoing, icon: IconSend, show: true },
    { to: '/signing', label: nav.signing, icon: IconSignature, show: may('leader', 'head') },
    { to: '/open', label: nav.notTakenIn, icon: IconHourglass, show: may('clerk', 'leader', 'admin') },
    { to: '/custody', label: nav.custody, icon: IconHandGrab, show: true },
    {
      to: '/registers',
      label: nav.registers,
      icon: IconBook2,
      show: may('clerk', 'leader', 'admin', 'head'),
    },
    { to: '/directory', label: nav.directory, icon: IconSitemap, show: true },
    {
      to: '/authorities',
      label: nav.authorities,
      icon: IconCertificate,
      show: may('clerk', 'leader', 'admin', 'head'),
    },
  ] as const;
  return (
    <nav className={classes.nav} aria-label={nav.label}>
      <Button
        component={Link}
        to="/outgoing/new"
        leftSection={<IconPencilPlus size={18} />}
        onClick={onNavigate}
        fullWidth
        justify="flex-start"
      >
        {nav.draft}
      </Button>
      <ul className={classes.list}>
        {items
          .filter((item) => item.show)
          .map((item) => (
            <li key={item.to}>
              <Link
                to={item.to}
                className={classes.link}
                activeProps={{ className: classes.active, 'aria-current': 'page' }}
                activeOptions={{ exact: item.to === '/' }}
                onClick={onNavigate}
              >
                <item.icon size={20} stroke={1.7} aria-hidden="true" />
                {item.label}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  );
}

/** The frame of every page behind the sign-in: who I am and where, search, navigation, content. */
export function Shell(): ReactNode {
  const texts = useTexts();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const [drawer, setDrawer] = useState(false);
  const [keys, setKeys] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    // A new page is announced: the focus moves to its beginning (not on the first load).
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    // The path is what this waits for.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [path]);
  useShortcuts({ '/': () => search.current?.focus(), '?': () => setKeys(true) });
  const signOut = useMutation({
    mutationFn: () => tell('/api/session', {}, z.unknown(), { method: 'DELETE' }),
    onSettled: async () => {
      queries.clear();
      await navigate({ to: '/sign-in' });
    },
  });
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        {texts.common.skipToContent}
      </a>
      <header className={classes.header}>
        <Burger
          className={classes.burger}
          opened={drawer}
          onClick={() => setDrawer(true)}
          color="#fff"
          size="sm"
          aria-label={texts.nav.open}
        />
        <Link to="/" className={classes.brand}>
          <Mark size={30} />
          <span className={classes.product}>{texts.common.product}</span>
          <span className={classes.organisation}>{session?.organisation.name}</span>
        </Link>
        <SearchBox ref={search} className={classes.search} />
        <Menu position="bottom-end" width={260} withinPortal>
          <Menu.Target>
            <button type="button" className={classes.user}>
              <IconUserCircle size={26} stroke={1.6} aria-hidden="true" />
              <span className={classes.userText}>
                <span className={classes.userName}>{session?.person.fullName}</span>{' '}
                <span className={classes.userPost}>{session?.person.post}</span>
              </span>
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>
              {session?.person.fullName} · {session?.person.post}
            </Menu.Label>
            <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={18} />}>
              {texts.nav.account}
            </Menu.Item>
            <Menu.Item leftSection={<IconKeyboard size={18} />} onClick={() => setKeys(true)}>
              {texts.nav.keys}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<IconLogout size={18} />} onClick={() => signOut.mutate()}>
              {texts.nav.signOut}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      <aside className={classes.side}>
        <Navigation />
        <div className={classes.foot}>
          <LanguageSwitch />
          <ActionIcon
            variant="subtle"
            aria-label={texts.nav.keys}
            title={texts.nav.keys}
            onClick={() => setKeys(true)}
          >
            <IconKeyboard size={20} />
          </ActionIcon>
        </div>
      </aside>
      <Drawer.Root opened={drawer} onClose={() => setDrawer(false)} size="18rem">
        <Drawer.Overlay />
        <Drawer.Content>
          <div className={classes.drawerHead}>
            <Drawer.Title>{texts.common.product}</Drawer.Title>
            <Drawer.CloseButton aria-label={texts.common.close} />
          </div>
          <Drawer.Body>
            <Navigation onNavigate={() => setDrawer(false)} />
            <LanguageSwitch />
          </Drawer.Body>
        </Drawer.Content>
      </Drawer.Root>
      <main id="content" className={classes.main} ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <KeySheet opened={keys} onClose={() => setKeys(false)} />
    </div>
  );
}
