/** An error in AWS's JSON protocol. */
export class ServiceFault extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}
