/** Who is signed in, according to the cookie, which only the API can read. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type PropsWithChildren, use, useCallback, useEffect, useMemo, useState } from 'react';
import type { AnswerOf } from '../../../lib/api/routes.ts';
import { type ApiError, call, listenForLostSession } from '../api/client.ts';

export type User = AnswerOf<'GET /api/auth/check'>;

interface SessionState {
  /** `ended`: the session is over. The page stays as it is while the user signs in again. */
  state: 'unknown' | 'signed-out' | 'signed-in' | 'ended';
  user: User | undefined;
  /** Why it could not be determined whether there is a session. */
  error: ApiError | undefined;
}

interface Session extends SessionState {
  /** @throws ApiError */
  signIn(username: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Checks again whether there is a session. */
  check(): void;
}

const Context = createContext<Session | undefined>(undefined);
/** The longest delay that setTimeout accepts. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

export function useSession(): Session {
  const session = use(Context);
  if (session === undefined) throw new Error('there is no SessionProvider above');
  return session;
}

export function SessionProvider({ children }: PropsWithChildren) {
  const client = useQueryClient();
  const [session, setSession] = useState<SessionState>({ state: 'unknown', user: undefined, error: undefined });

  const lose = useCallback(() => {
    setSession((now) => (now.state === 'signed-in' ? { ...now, state: 'ended' } : now));
  }, []);

  const check = useCallback(async () => {
    try {
      const { data } = await call('GET /api/auth/check');
      setSession({ state: 'signed-in', user: data, error: undefined });
    } catch (error) {
      const failure = error as ApiError;
      setSession({
        state: 'signed-out',
        user: undefined,
        error: failure.status === 401 ? undefined : failure,
      });
    }
  }, []);

  useEffect(() => {
    listenForLostSession(lose);
    void check();
  }, [lose, check]);

  // announce the known end of a session when it comes, not at the next click
  const expires = session.state === 'signed-in' ? session.user?.expires : undefined;
  useEffect(() => {
    if (expires === undefined) return;
    const timer = setTimeout(lose, Math.min(Math.max(0, Date.parse(expires) - Date.now()), MAX_TIMEOUT_MS));
    return () => clearTimeout(timer);
  }, [expires, lose]);

  const value = useMemo<Session>(
    () => ({
      ...session,
      async signIn(username, password) {
        const { data } = await call('POST /api/auth/login', { body: { username, password } });
        setSession({
          state: 'signed-in',
          user: { user: data.user, role: data.role, expires: data.expires },
          error: undefined,
        });
        await client.invalidateQueries();
      },
      async signOut() {
        await call('POST /api/auth/logout', { body: {} });
        client.clear();
        setSession({ state: 'signed-out', user: undefined, error: undefined });
      },
      check: () => void check(),
    }),
    [session, client, check],
  );
  return <Context value={value}>{children}</Context>;
}
