import Alert from '@cloudscape-design/components/alert';
import AppLayout from '@cloudscape-design/components/app-layout';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Flashbar from '@cloudscape-design/components/flashbar';
import Header from '@cloudscape-design/components/header';
import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import { Component, type PropsWithChildren, Suspense, useEffect } from 'react';
import { matchRoute, Route, Switch, useLocation, useRouter } from 'wouter';
import { mayAct, type Role } from '../../../lib/accounts/roles.ts';
import { ErrorAlert } from '../components/error-alert.tsx';
import { Loading } from '../components/loading.tsx';
import { PageLink, useFollow } from '../components/page-link.tsx';
import { PAGES, type Page } from '../pages.ts';
import { useSession } from '../session/session.tsx';
import { SessionEnded } from '../session/sign-in.tsx';
import { NotificationsProvider, useNotifications } from './notifications.tsx';
import { useStored } from './stored.ts';
import { TopBar } from './top-bar.tsx';

export default function Shell() {
  return (
    <NotificationsProvider>
      <TopBar />
      <Layout />
      <SessionEnded />
    </NotificationsProvider>
  );
}

function Layout() {
  const [location] = useLocation();
  const follow = useFollow();
  const { user } = useSession();
  const { items } = useNotifications();
  const [navigation, setNavigation] = useStored('navigation', { open: window.innerWidth > 688 });
  const { parser } = useRouter();
  const page = PAGES.find(({ path }) => matchRoute(parser, path, location)[0]);
  const role = user?.role ?? 'viewer';

  useEffect(() => {
    document.title = `${page?.title ?? 'Not found'} – Jagad Restore`;
  }, [page]);

  return (
    <AppLayout
      headerSelector="#top-bar"
      navigationOpen={navigation.open}
      onNavigationChange={({ detail }) => setNavigation({ open: detail.open })}
      navigation={
        <SideNavigation
          header={{ text: 'Jagad Restore', href: '/' }}
          activeHref={page?.section ? page.path : page?.parent}
          items={navigationItems(role)}
          onFollow={follow}
        />
      }
      breadcrumbs={<BreadcrumbGroup items={breadcrumbs(page)} onFollow={follow} />}
      notifications={<Flashbar items={items} stackItems={items.length > 3} />}
      toolsHide
      content={
        <PageErrors key={location}>
          <Suspense fallback={<Loading what={page?.title.toLowerCase() ?? 'page'} />}>
            <Switch>
              {PAGES.map(({ path, role: needed = 'viewer', component: Component, title }) => (
                <Route key={path} path={path}>
                  {mayAct(role, needed) ? <Component /> : <NotAllowed title={title} needed={needed} role={role} />}
                </Route>
              ))}
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Suspense>
        </PageErrors>
      }
    />
  );
}

function navigationItems(role: Role): SideNavigationProps.Item[] {
  const visible = PAGES.filter((page) => page.section !== undefined && mayAct(role, page.role ?? 'viewer'));
  const sections = [...new Set(visible.map(({ section }) => section as string))];
  return sections.map((text) => ({
    type: 'section-group',
    title: text,
    items: visible
      .filter(({ section }) => section === text)
      .map(({ title, path }) => ({ type: 'link', text: title, href: path })),
  }));
}

function breadcrumbs(page: Page | undefined): { text: string; href: string }[] {
  const root = { text: 'Jagad Restore', href: '/' };
  const parent = PAGES.find(({ path }) => path === page?.parent);
  return [
    root,
    ...(parent ? [{ text: parent.title, href: parent.path }] : []),
    ...(page ? [{ text: page.title, href: page.path }] : []),
  ];
}

/** If a page crashes, says so and keeps the rest usable. */
class PageErrors extends Component<PropsWithChildren, { error: unknown }> {
  override state = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    const reload = <Button onClick={() => window.location.reload()}>Reload the page</Button>;
    return <ErrorAlert error={this.state.error} what="This page failed" action={reload} />;
  }
}

function NotFound() {
  return (
    <ContentLayout header={<Header variant="h1">Not found</Header>}>
      <Alert type="info" header="Page not found">
        <PageLink href="/backups">Look for a backup</PageLink>, or <PageLink href="/restores">for a restore</PageLink>.
      </Alert>
    </ContentLayout>
  );
}

function NotAllowed({ title, needed, role }: { title: string; needed: Role; role: Role }) {
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <Alert type="warning" header="Your role does not allow this">
        You are signed in as {role}; this page is for the role {needed}. Ask an administrator, or sign in as someone
        else.
      </Alert>
    </ContentLayout>
  );
}
