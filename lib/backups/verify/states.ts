/** The verification state machine as the console shows it: the names of its states, and the input of each. */
export const VERIFICATION_STATES = {
  verify: 'Verify checksum',
  verifyInTask: 'Verify checksum in a task',
  failure: 'Record failed verification',
  failed: 'Verification failed',
} as const;

/** The input of an execution. */
export interface VerificationInput {
  backup_id: string;
}

/** What each of its Lambdas is given. */
export interface VerificationStateInput extends VerificationInput {
  execution_arn: string;
}
