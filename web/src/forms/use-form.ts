import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { check, differs, type Problems, problemWithin } from './problems.ts';

/** One control of a form, or several controls for one value. */
export interface Field<T> {
  name: string;
  value: T;
  /** What is wrong with the value or a part of it. Shown after the user has left the control or submitted the form. */
  error: string | undefined;
  /** What is wrong with the value itself, not with a part of it. */
  ownError: string | undefined;
  set(value: T): void;
  leave(): void;
  /** A member of an object, or an item of a list. */
  at<K extends keyof T & (string | number)>(key: K): Field<T[K]>;
}

export interface Form<V, B> {
  values: V;
  /** The body that would be sent; undefined if something is wrong with it. */
  body: B | undefined;
  /** What is wrong with the form as a whole. Shown after the user has submitted it. */
  error: string | undefined;
  /** Whether the content differs from what is stored. */
  dirty: boolean;
  field<K extends keyof V & string>(name: K): Field<V[K]>;
  /** Changes several fields at once. */
  patch(values: Partial<V>): void;
  /**
   * Returns the body to send. If something is wrong, the errors are shown, the first wrong field gets the focus, and
   * the result is undefined.
   */
  submit(): B | undefined;
  /** Resets the form to its initial content. */
  reset(): void;
}

/**
 * A form for one of the API's schemas.
 * @param initial content of the controls, read once: data that arrives later doesn't overwrite what was typed.
 * @param toBody turns the controls' content into the body; its fields have the controls' names.
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
    field: <K extends keyof V & string>(name: K) => {
      const set = (value: V[K]) => patch({ [name]: value } as unknown as Partial<V>);
      const leave = (way: string) => setLeft((now) => (now.includes(way) ? now : [...now, way]));
      const shown = (way: string) => (tries > 0 || left.includes(way) ? problems : NONE);
      return fieldAt({ name, value: values[name], first: first[name], set }, shown, leave);
    },
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

const NONE: Problems = {};

interface Place<T> {
  name: string;
  value: T;
  /** The initial value. A part that was added has none. */
  first: unknown;
  set(value: T): void;
}

/** @param shown the problems that a field may show. */
function fieldAt<T>(place: Place<T>, shown: (name: string) => Problems, leave: (name: string) => void): Field<T> {
  const { name, value, first, set } = place;
  return {
    name,
    value,
    error: problemWithin(shown(name), name),
    ownError: shown(name)[name],
    set,
    leave: () => {
      if (value !== first) leave(name);
    },
    at: (key) =>
      fieldAt(
        {
          name: `${name}.${key}`,
          value: value[key],
          first: (first as T | undefined)?.[key],
          set: (part) => set(withPart(value, key, part)),
        },
        shown,
        leave,
      ),
  };
}

function withPart<T, K extends keyof T>(whole: T, key: K, part: T[K]): T {
  return Array.isArray(whole) ? (whole.with(Number(key), part) as T) : { ...whole, [key]: part };
}

/** Makes the browser ask before the page is closed or reloaded. */
function useLeaveWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
}
