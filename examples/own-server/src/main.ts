import { startServer } from 'latchkey';
import { ShopModule } from './shop.module.js';

await startServer({ modules: [ShopModule] });
