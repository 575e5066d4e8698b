import { Anchor, Stack, Text, Title } from '@mantine/core';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  Outlet,
  redirect,
  type AnyRouter,
} from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ProblemAlert } from '../ui/ProblemAlert.tsx';
import { useTexts } from '../ui/language.tsx';
import { sessionQuery } from './session.ts';

function NotFound(): ReactNode {
  const { common, nav } = useTexts();
  return (
    <Stack p="xl">
      <Title order={1}>{common.notFound}</Title>
      <Text>{common.notFoundNext}</Text>
      <Anchor component={Link} to="/">
        {nav.myWork}
      </Anchor>
    </Stack>
  );
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Filters live in the address, so that a list can be kept, sent and reopened. */
export interface ListSearch {
  readonly state?: string | undefined;
  readonly text?: string | undefined;
  readonly scope?: string | undefined;
}
const listSearch = (search: Record<string, unknown>): ListSearch => ({
  state: text(search['state']),
  text: text(search['text']),
  scope: text(search['scope']),
});

export function createOfficeRouter(queries: QueryClient): AnyRouter {
  const root = createRootRoute({
    component: Outlet,
    notFoundComponent: NotFound,
    errorComponent: ({ error }) => <ProblemAlert error={error} />,
  });
  const signIn = createRoute({
    getParentRoute: () => root,
    path: '/sign-in',
    component: lazyRouteComponent(() => import('./pages/SignIn.tsx'), 'SignInPage'),
  });
  const check = createRoute({
    getParentRoute: () => root,
    path: '/kiem-tra',
    component: lazyRouteComponent(() => import('./pages/Check.tsx'), 'CheckPage'),
  });
  const office = createRoute({
    getParentRoute: () => root,
    id: 'office',
    component: lazyRouteComponent(() => import('./Shell.tsx'), 'Shell'),
    beforeLoad: async ({ location }) => {
      const session = await queries.ensureQueryData(sessionQuery);
      // The router's own way to leave a route early.
      // oxlint-disable-next-line typescript/only-throw-error
      if (!session) throw redirect({ to: '/sign-in', search: { to: location.href } });
    },
  });
  const page = (path: string, component: Parameters<typeof lazyRouteComponent>[0], name: string) =>
    createRoute({
      getParentRoute: () => office,
      path,
      validateSearch: listSearch,
      component: lazyRouteComponent(component, name),
    });
  const pages = [
    page('/', () => import('./pages/MyWork.tsx'), 'MyWorkPage'),
    page('/incoming', () => import('./pages/Incoming.tsx'), 'IncomingPage'),
    page('/incoming/$id', () => import('./pages/IncomingDocument.tsx'), 'IncomingDocumentPage'),
    page('/outgoing', () => import('./pages/Outgoing.tsx'), 'OutgoingPage'),
    page('/outgoing/new', () => import('./pages/DraftEditor.tsx'), 'NewDraftPage'),
    page('/outgoing/$id/edit', () => import('./pages/DraftEditor.tsx'), 'EditDraftPage'),
    page('/outgoing/$id', () => import('./pages/OutgoingDocument.tsx'), 'OutgoingDocumentPage'),
    page('/open', () => import('./pages/Open.tsx'), 'OpenPage'),
    page('/custody', () => import('./pages/Custody.tsx'), 'CustodyPage'),
    page('/registers', () => import('./pages/Registers.tsx'), 'RegistersPage'),
    page('/authorities', () => import('./pages/Authorities.tsx'), 'AuthoritiesPage'),
    page('/signing', () => import('./pages/Signing.tsx'), 'SigningPage'),
    page('/directory', () => import('./directory/DirectoryPage.tsx'), 'DirectoryPage'),
    page('/directory/editions', () => import('./directory/EditionsPage.tsx'), 'EditionsPage'),
    page('/directory/decisions', () => import('./directory/DecisionsPage.tsx'), 'DecisionsPage'),
    page('/directory/decisions/new', () => import('./directory/DecisionPage.tsx'), 'NewDecisionPage'),
    page('/directory/decisions/$id', () => import('./directory/DecisionPage.tsx'), 'DecisionPage'),
    page('/directory/$id', () => import('./directory/OrganisationPage.tsx'), 'OrganisationPage'),
    page('/search', () => import('./pages/Search.tsx'), 'SearchPage'),
    page('/account', () => import('./pages/Account.tsx'), 'AccountPage'),
  ];
  return createRouter({
    routeTree: root.addChildren([signIn, check, office.addChildren(pages)]),
    defaultPreload: 'intent',
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}
