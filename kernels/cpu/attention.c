/* attention.c: the products of attention. Heads are columns of [B,T,D], so a head's matrix has rows
 * D apart and nothing is copied. One product a picture and head; threads share those out. */
#include "cpu/cpu.h"

/* An operand of the products: where head a of item b starts. */
struct operand {
    const float *data;
    int64_t item, head;
};

static int products(const idc_gemm *g, struct operand a, struct operand b, struct operand c,
                    const int64_t counts[2])
{
    int bad = 0;
    int64_t items = counts[0], heads = counts[1];
    bool serial = c.item == 0; /* items add up into the same place */
#pragma omp parallel for schedule(static) reduction(| : bad) if (!serial && items * heads > 1)
    for (int64_t i = 0; i < items * heads; i++) {
        int64_t n = i / heads, h = i % heads;
        bad |= idc_cpu_gemm(g, a.data + n * a.item + h * a.head, b.data + n * b.item + h * b.head,
                            (float *)c.data + n * c.item + h * c.head) < 0;
    }
    return bad ? IDC_E_UNSUPPORTED : 0;
}

struct sizes {
    int64_t counts[2], tq, tk, width, depth; /* items and heads; columns of all heads, of one */
};

/* [B,A,Tq,Tk] */
static struct operand scores_of(const float *data, const struct sizes *s)
{
    return (struct operand){data, s->counts[1] * s->tq * s->tk, s->tq * s->tk};
}

/* [B,T,D], a head being D/A columns */
static struct operand heads_of(const float *data, int64_t tokens, const struct sizes *s)
{
    return (struct operand){data, tokens * s->width, s->depth};
}

static struct sizes scores_sizes(const idc_call *call)
{
    const int64_t *q = call->in[0]->shape, *k = call->in[1]->shape;
    int64_t heads = call->attr.attention.heads;
    return (struct sizes){{q[0], heads}, q[1], k[1], q[2], q[2] / heads};
}

int idc_cpu_attention_scores(idc_call *call, idc_error *err)
{
    struct sizes s = scores_sizes(call);
    idc_gemm g = {.transpose_b = true,
                  .m = s.tq,
                  .n = s.tk,
                  .k = s.depth,
                  .lda = s.width,
                  .ldb = s.width,
                  .ldc = s.tk,
                  .alpha = call->attr.attention.factor};
    int rc = products(&g, heads_of(idc_f32(call->in[0]), s.tq, &s),
                      heads_of(idc_f32(call->in[1]), s.tk, &s), scores_of(idc_f32(call->out), &s),
                      s.counts);
    return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
}

int idc_cpu_attention_scores_back(idc_call *call, idc_error *err)
{
    struct sizes s = scores_sizes(call);
    struct operand gs = scores_of(call->out->grad, &s);
    bool fresh;
    int rc = 0;
    float *gq = idc_call_grad_fresh(call, 0, &fresh);
    idc_gemm for_q = {.m = s.tq,
                      .n = s.depth,
                      .k = s.tk,
                      .lda = s.tk,
                      .ldb = s.width,
                      .ldc = s.width,
                      .alpha = call->attr.attention.factor,
                      .beta = fresh ? 0.0f : 1.0f};
    if (gq)
        rc |= products(&for_q, gs, heads_of(idc_f32(call->in[1]), s.tk, &s), heads_of(gq, s.tq, &s),
                       s.counts);
    float *gk = idc_call_grad_fresh(call, 1, &fresh);
    idc_gemm for_k = {.transpose_a = true,
                      .m = s.tk,
                      .n = s.depth,
                      .k = s.tq,
                      .lda = s.tk,
                      .ldb = s.width,
                      .ldc = s.width,
                      .alpha = call->attr.attention.factor,
                      .beta = fresh ? 0.0f : 1.0f};
    if (gk)
        rc |= products(&for_k, gs, heads_of(idc_f32(call->in[0]), s.tq, &s), heads_of(gk, s.tk, &s),
                       s.counts);
    return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
}

/* Mix: a head's own columns of v. Share: all columns of v for each head; v may be one for all
 * items. */
struct mix {
    struct sizes s;
    struct operand v; /* item and head steps of v */
    int64_t row;      /* of v */
};

static struct mix mix_of(const idc_call *call)
{
    const idc_tensor *p = call->in[0], *v = call->in[1];
    int64_t heads = p->shape[1], columns = v->shape[2];
    bool share = call->op == IDC_OP_attention_share;
    struct mix m = {.s = {{p->shape[0], heads},
                          p->shape[2],
                          p->shape[3],
                          share ? heads * columns : columns,
                          share ? columns : columns / heads},
                    .row = columns};
    m.v = (struct operand){idc_f32(v), v->shape[0] == 1 ? 0 : v->shape[1] * columns,
                           share ? 0 : m.s.depth};
    return m;
}

int idc_cpu_attention_mix(idc_call *call, idc_error *err)
{
    struct mix m = mix_of(call);
    const struct sizes *s = &m.s;
    idc_gemm g = {.m = s->tq,
                  .n = s->depth,
                  .k = s->tk,
                  .lda = s->tk,
                  .ldb = m.row,
                  .ldc = s->width,
                  .alpha = 1.0f};
    int rc = products(&g, scores_of(idc_f32(call->in[0]), s), m.v,
                      heads_of(idc_f32(call->out), s->tq, s), s->counts);
    return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
}

int idc_cpu_attention_mix_back(idc_call *call, idc_error *err)
{
    struct mix m = mix_of(call);
    const struct sizes *s = &m.s;
    struct operand gy = heads_of(call->out->grad, s->tq, s);
    bool fresh;
    int rc = 0;
    float *gp = idc_call_grad_fresh(call, 0, &fresh);
    idc_gemm for_p = {.transpose_b = true,
                      .m = s->tq,
                      .n = s->tk,
                      .k = s->depth,
                      .lda = s->width,
                      .ldb = m.row,
                      .ldc = s->tk,
                      .alpha = 1.0f,
                      .beta = fresh ? 0.0f : 1.0f};
    if (gp)
        rc |= products(&for_p, gy, m.v, scores_of(gp, s), s->counts);
    struct operand gv = m.v;
    gv.data = idc_call_grad(call, 1);
    idc_gemm for_v = {.transpose_a = true,
                      .m = s->tk,
                      .n = s->depth,
                      .k = s->tq,
                      .lda = s->tk,
                      .ldb = s->width,
                      .ldc = m.row,
                      .alpha = 1.0f,
                      .beta = 1.0f};
    if (!gv.data)
        return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
    if (gv.head || !gv.item) { /* each head has its place, or all of it is one place */
        rc |= products(&for_v, scores_of(idc_f32(call->in[0]), s), gy, gv, s->counts);
        return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
    }
    for (int64_t h = 0; h < s->counts[1];
         h++) { /* heads add up into an item's place: one after the other */
        struct operand p = scores_of(idc_f32(call->in[0]), s), g = gy;
        p.data += h * p.head;
        g.data += h * g.head;
        rc |= products(&for_v, p, g, gv, (int64_t[]){s->counts[0], 1});
    }
    return rc < 0 ? idc_cpu_gemm_failed(err) : 0;
}

int idc_cpu_attention_share(idc_call *call, idc_error *err)
{
    return idc_cpu_attention_mix(call, err);
}

int idc_cpu_attention_share_back(idc_call *call, idc_error *err)
{
    return idc_cpu_attention_mix_back(call, err);
}

/* ---- the largest probability of each row ---- */

int idc_cpu_attention_peak(idc_call *call, idc_error *err)
{
    const int64_t *p = call->in[0]->shape;
    int64_t heads = p[1], tq = p[2], tk = p[3], rows = p[0] * heads * tq;
    int32_t *where = idc_call_save(call, (size_t)rows * sizeof(int32_t));
    const float *x = idc_f32(call->in[0]);
    float *y = idc_f32(call->out);
    if (!where)
        return idc_cpu_no_memory(err);
#pragma omp parallel for schedule(static) if (rows * tk > IDC_GRAIN)
    for (int64_t r = 0; r < rows; r++) {
        int64_t best = 0, item = r / (heads * tq), head = r / tq % heads, row = r % tq;
        for (int64_t j = 1; j < tk; j++)
            if (x[r * tk + j] > x[r * tk + best])
                best = j;
        where[r] = (int32_t)best;
        y[(item * tq + row) * heads + head] = x[r * tk + best];
    }
    return 0;
}

int idc_cpu_attention_peak_back(idc_call *call, idc_error *err)
{
    const int64_t *p = call->in[0]->shape;
    int64_t heads = p[1], tq = p[2], tk = p[3], rows = p[0] * heads * tq;
    const int32_t *where = call->saved;
    const float *g = call->out->grad;
    float *gp = idc_call_grad(call, 0);
    (void)err;
    for (int64_t r = 0; r < rows; r++) {
        int64_t item = r / (heads * tq), head = r / tq % heads, row = r % tq;
        gp[r * tk + where[r]] += g[(item * tq + row) * heads + head];
    }
    return 0;
}
