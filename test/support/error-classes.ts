import * as errors from '../../lib/errors/errors.ts';

type ErrorClass = new (message: string) => errors.ServiceError;

/** Every error class of lib/errors/errors.ts, its bases included. */
export const errorClasses = Object.values(errors).filter(
  (value) => value.prototype instanceof Error,
) as unknown as ErrorClass[];

/** One of each that can be thrown: the bases have no code. */
export const errorExamples = errorClasses.map((Class) => new Class('wrong')).filter(({ code }) => code !== undefined);
