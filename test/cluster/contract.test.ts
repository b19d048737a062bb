import { undiciHttp } from '../../controller/http';
import { apiContract } from '../contract/api-contract';
import { attachedPlane } from './control-plane/plane';

/** The sandbox's contract on the real thing: what fails here is a wrong idea of Kubernetes, not a bug of the sandbox. */
apiContract('kube-apiserver', async () => {
  const { server, token } = attachedPlane();
  const http = undiciHttp();
  return {
    http,
    url: server,
    headers: { authorization: `Bearer ${token}` },
    insecureSkipVerify: true,
    close: () => http.close(),
  };
});
