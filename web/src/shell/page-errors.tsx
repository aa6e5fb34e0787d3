import Button from '@cloudscape-design/components/button';
import { Component, type PropsWithChildren } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';

/** If a page crashes, this says so, and leaves the rest usable. */
export class PageErrors extends Component<PropsWithChildren, { error: unknown }> {
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
