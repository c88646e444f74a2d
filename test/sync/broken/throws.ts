/** A thread that cannot even begin. */
throw new Error('no thread today');
