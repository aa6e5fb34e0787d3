/** Notifications about recent events, at the top of every page. */
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { onlineManager } from '@tanstack/react-query';
import {
  createContext,
  type PropsWithChildren,
  type ReactNode,
  use,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import { wordsOf } from '../components/error-alert.tsx';

interface Notifications {
  items: FlashbarProps.MessageDefinition[];
  tell(type: 'success' | 'info' | 'warning', content: ReactNode): void;
  /** @param what failed, as a heading. */
  fail(what: string, error: unknown): void;
}

const Context = createContext<Notifications | undefined>(undefined);
/** Older ones are removed. */
const MAX_ITEMS = 5;

export function useNotifications(): Notifications {
  const notifications = use(Context);
  if (notifications === undefined) throw new Error('there is no NotificationsProvider above');
  return notifications;
}

export function NotificationsProvider({ children }: PropsWithChildren) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const online = useSyncExternalStore(
    (changed) => onlineManager.subscribe(changed),
    () => onlineManager.isOnline(),
  );

  const value = useMemo<Notifications>(() => {
    const add = (item: FlashbarProps.MessageDefinition) => {
      const id = crypto.randomUUID();
      const onDismiss = () => setItems((now) => now.filter((other) => other.id !== id));
      setItems((now) =>
        [{ id, dismissible: true, dismissLabel: 'Dismiss', onDismiss, ...item }, ...now].slice(0, MAX_ITEMS),
      );
    };
    const offline: FlashbarProps.MessageDefinition = {
      id: 'offline',
      type: 'warning',
      header: 'You are offline',
      content: 'This page may be out of date. Restores continue without it, and it updates when you are back online.',
    };
    return {
      items: online ? items : [offline, ...items],
      tell: (type, content) => add({ type, content }),
      fail: (header, error) => {
        const { message, hint } = wordsOf(error);
        add({ type: 'error', header, content: hint === undefined ? message : `${message} ${hint}` });
      },
    };
  }, [items, online]);
  return <Context value={value}>{children}</Context>;
}
