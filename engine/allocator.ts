/**
 * Environment for a process that runs models. Memory that an operator gives back is kept for the next one: by default
 * glibc returns megabytes to the system after every operator, which has to map and clear them again for the next.
 * Other C libraries pass over these names. (Pages of 2 MiB, GLIBC_TUNABLES=glibc.malloc.hugetlb=1, gain 2 to 6% at a token; where memory
 * is in pieces already they cost a second of loading.)
 */
export const modelProcessEnvironment: Readonly<Record<string, string>> = {
  MALLOC_TRIM_THRESHOLD_: `${2 ** 30}`,
  MALLOC_MMAP_THRESHOLD_: `${2 ** 25}`, // the most that glibc takes
};
