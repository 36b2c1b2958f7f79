export { ObjectIdPipe } from '../../http/object-id.pipe.js';
