/** How clients of several kinds reach one app. They run as they are. */
export function snippetsFor({
  publicUrl,
  clientAppId,
}: {
  publicUrl: string;
  clientAppId: string;
}): [string, string][] {
  const api = `${publicUrl}/api/client/v2.0/app/${clientAppId}`;
  return [
    ['curl', `curl -X POST ${api}/auth/providers/anon-user/login \\\n  -H 'Content-Type: application/json' -d '{}'`],
    [
      'realm-web',
      `import * as Realm from 'realm-web';

const app = new Realm.App({ id: '${clientAppId}', baseUrl: '${publicUrl}' });
const user = await app.logIn(Realm.Credentials.emailPassword(email, password));
console.log(user.id, user.accessToken);`,
    ],
    [
      'Swift',
      `import RealmSwift

let app = App(id: "${clientAppId}", configuration: AppConfiguration(baseURL: "${publicUrl}"))
let user = try await app.login(credentials: .emailPassword(email: email, password: password))`,
    ],
    [
      'Kotlin',
      `val app = App.create(AppConfiguration.Builder("${clientAppId}").baseUrl("${publicUrl}").build())
val user = app.login(Credentials.emailPassword(email, password))`,
    ],
    [
      'jose',
      `import { createRemoteJWKSet, jwtVerify } from 'jose';

const keys = createRemoteJWKSet(new URL('${api}/.well-known/jwks.json'));
const { payload } = await jwtVerify(accessToken, keys, { algorithms: ['ES256'] });
console.log(payload.sub);`,
    ],
    [
      'Nest guard',
      `@Injectable()
export class LatchkeyGuard implements CanActivate {
  readonly #keys = createRemoteJWKSet(new URL('${api}/.well-known/jwks.json'));

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest();
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (!token) throw new UnauthorizedException();
    try {
      request.user = (await jwtVerify(token, this.#keys, { algorithms: ['ES256'] })).payload;
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}`,
    ],
  ];
}
