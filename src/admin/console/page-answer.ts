export { sendPage } from '../../http/page-answer.js';
