import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { check, differs, type Problems, problemWithin } from './problems.ts';

/** One control of a form, or several that make up one value. */
export interface Field<T> {
  name: string;
  value: T;
  /** What is wrong with it or a part of it, once it was left, or the form was to be sent. */
  error: string | undefined;
  /** What is wrong with it by itself, not with a part of it. */
  ownError: string | undefined;
  set(value: T): void;
  leave(): void;
  /** A member of an object, an item of a list. */
  at<K extends keyof T & (string | number)>(key: K): Field<T[K]>;
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
  /** What was there at first; a part that was added has nothing. */
  first: unknown;
  set(value: T): void;
}

/** @param shown the problems that may be told of a field. */
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

/** Before the page is closed or loaded anew, the browser asks. */
function useLeaveWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);
}
