import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { check, differs } from './problems.ts';

/** One control of a form. */
export interface Field<T> {
  name: string;
  value: T;
  /** Once it was left, or the form was to be sent. */
  error: string | undefined;
  set(value: T): void;
  leave(): void;
}

export interface Form<V, B> {
  values: V;
  /** What would be sent; undefined while something is wrong with it. */
  body: B | undefined;
  /** What is wrong with the whole, once the form was to be sent. */
  error: string | undefined;
  /** Whether something was typed that is not stored. */
  dirty: boolean;
  field<K extends keyof V & string>(name: K): Field<V[K]>;
  /** Changes several at once. */
  patch(values: Partial<V>): void;
  /** The body to send; where something is wrong it is shown, the first such field has the focus, and there is none. */
  submit(): B | undefined;
  /** Back to what was there at first, for the next one. */
  reset(): void;
}

/**
 * A form over one of the API's schemas.
 * @param initial of the controls, read once: what arrives later does not overwrite what was typed.
 * @param toBody what is sent, from what the controls hold; its fields have the controls' names.
 */
export function useForm<V extends object, S extends z.ZodType>(
  initial: V,
  toBody: (values: V) => unknown,
  schema: S,
): Form<V, z.output<S>> {
  const [first] = useState(initial);
  const [values, setValues] = useState(initial);
  const [left, setLeft] = useState<readonly string[]>([]);
  const [tries, setTries] = useState(0);
  const { body, problems } = check(schema, toBody(values));
  const dirty = differs(first, values);
  useLeaveWarning(dirty);

  useEffect(() => {
    if (tries > 0) document.querySelector<HTMLElement>('form [aria-invalid="true"]')?.focus();
  }, [tries]);

  const patch = (changed: Partial<V>) => setValues((now) => ({ ...now, ...changed }));
  return {
    values,
    body,
    error: tries > 0 ? problems[''] : undefined,
    dirty,
    patch,
    field: (name) => ({
      name,
      value: values[name],
      error: tries > 0 || left.includes(name) ? problems[name] : undefined,
      set: (value) => patch({ [name]: value } as unknown as Partial<V>),
      leave: () => setLeft((now) => (now.includes(name) || values[name] === first[name] ? now : [...now, name])),
    }),
    submit() {
      if (body === undefined) setTries((count) => count + 1);
      return body;
    },
    reset() {
      setValues(first);
      setLeft([]);
      setTries(0);
    },
  };
}

/** Before the page is closed or loaded anew, the browser asks. */
function useLeaveWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
}
