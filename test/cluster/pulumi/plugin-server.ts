/** A Pulumi plugin is a gRPC server on loopback that says its port on standard output. */
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';

/** Serves until the engine ends this process. What `methods` does not have is answered as unimplemented. */
export function servePlugin(service: ServiceDefinition, methods: Partial<UntypedServiceImplementation>): void {
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(service, methods as UntypedServiceImplementation);
  server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}

/** A method from a function: what it throws is the error that the user of Pulumi reads. */
export function method<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => callback(null, response),
        (error: Error) => callback({ code: status.UNKNOWN, details: error.message }),
      );
  };
}
