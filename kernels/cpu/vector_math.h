/* vector_math.h: exp and erf that the compiler can vectorise; used inside IDC_CLONES functions. */
#ifndef IDC_CPU_VECTOR_MATH_H
#define IDC_CPU_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

/* e^x = 2^n e^r, n = round(x log2 e), |r| ≤ ln2 / 2, e^r by its Taylor polynomial of degree 7
 * (relative error of the polynomial 5e-9; with rounding about 2 units in the last place). 0 below
 * −87.3, e^88 above 88. */
static inline float idc_exp(float x)
{
    float low = x < -87.3f ? 0.0f : 1.0f;
    float v = x < -87.3f ? -87.3f : x;
    v = v > 88.0f ? 88.0f : v;
    const float shift =
        12582912.0f; /* 1.5 · 2^23: adding it rounds to an integer in the low bits */
    float t = v * 1.44269504f + shift;
    float n = t - shift;
    float r =
        (v - n * 0.693359375f) + n * 2.12194440e-4f; /* ln2 in two parts (Cody and Waite 1980) */
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    uint32_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits = (bits << 23) + (127u << 23);
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale * low;
}

/* erf by erfc(|x|) = e^(−x²) Q(t), t = 1 / (1 + |x|/2), Q fitted by least squares over |x| ≤ 6:
 * absolute error 3e-7. */
static inline float idc_erf(float x)
{
    float a = x < 0.0f ? -x : x;
    float t = 1.0f / (1.0f + 0.5f * a);
    float q = -0.004944693297147751f;
    q = q * t - 0.025106582790613174f;
    q = q * t + 0.28636154532432556f;
    q = q * t - 0.8283073902130127f;
    q = q * t + 0.9710826277732849f;
    q = q * t - 0.3851308524608612f;
    q = q * t + 0.46916326880455017f;
    q = q * t + 0.22771549224853516f;
    q = q * t + 0.2896159887313843f;
    q = q * t - 0.00044943165266886353f;
    float y = 1.0f - q * idc_exp(-a * a);
    return x < 0.0f ? -y : y;
}

#endif
