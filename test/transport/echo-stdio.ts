/** A program for the tests: sends its standard input back, through a stream over both. */
import { stdio } from '../../src/transport/stdio.ts';
import { echo } from './tools.ts';

echo(stdio());
