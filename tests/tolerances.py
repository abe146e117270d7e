"""Every tolerance of the tests, once, with its reason.

| name       | value | relative to   | reason                                                                     |
|------------|-------|---------------|----------------------------------------------------------------------------|
| FLOAT64    | 1e-10 | largest value | the same formula summed in another order: 1e4 terms x 2^-53, with a margin |
| FLOAT32    | 1e-4  | largest value | the same in float32: 1e3 terms x 2^-24, through three layers               |
| DIFFERENCE | 1e-6  | largest value | fourth-order differences: h^4 and 2^-53 / h meet far below; kinks would not |
"""

FLOAT64 = 1e-10
FLOAT32 = 1e-4
DIFFERENCE = 1e-6
