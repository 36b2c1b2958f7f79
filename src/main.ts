#!/usr/bin/env node
import { startServer } from './start.js';

await startServer();
